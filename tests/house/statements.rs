//! Every statement of the house is one file that the migrated schema can prepare.

use crate::house::Database;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
}

#[actix_web::test]
async fn every_statement_prepares_on_the_migrated_schema() {
    let database = Database::fresh().await;
    let client = database.admin().await;
    client
        .batch_execute("SET search_path = fertidoc, public")
        .await
        .unwrap();
    let mut statements = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/queries"),
        &mut statements,
    );
    assert!(!statements.is_empty());
    let mut wrong = Vec::new();
    for path in statements {
        let sql = std::fs::read_to_string(&path).unwrap();
        if let Err(error) = client.prepare(&sql).await {
            wrong.push(format!("{}: {error}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
