//! nginx reads its configuration again while somebody sends.

use super::{
    PATIENCE, Several,
    bystanders::{Bystander, Seen},
};
use crate::house::eventually;
use std::sync::Arc;

#[actix_web::test]
async fn an_upload_outlives_a_reload_of_nginx() {
    let several = Several::open(2).await;
    let seen = Arc::new(Seen::default());
    let sender = Bystander::of(&several.house, &seen);
    let pending: Vec<_> = (0..4).map(|_| sender.begins_to_send()).collect();
    eventually(PATIENCE, "the uploads to arrive", async || {
        let begun = "stored_object WHERE state = 'uploading' AND multipart_id IS NOT NULL";
        (several.house.count(begun).await == 4).then_some(())
    })
    .await;
    let before = several.nginx.workers();
    several.nginx.reload();
    eventually(PATIENCE, "new workers", async || {
        let now = several.nginx.workers();
        now.iter()
            .any(|worker| !before.contains(worker))
            .then_some(())
    })
    .await;
    // The new ones answer.
    let newcomer = Bystander::of(&several.house, &seen);
    newcomer.begins_to_send().ends().await;
    for pending in pending {
        pending.ends().await;
    }
    assert!(seen.failed_uploads.lock().unwrap().is_empty());
    let ledger = seen.ledger.lock().unwrap().clone();
    assert_eq!(ledger.len(), 5);
    for (document, hash) in ledger {
        assert_eq!(several.house.hash(&document).await, hash);
    }
    drop((sender, newcomer));
    eventually(PATIENCE, "the old workers to end", async || {
        let now = several.nginx.workers();
        (!now.iter().any(|worker| before.contains(worker))).then_some(())
    })
    .await;
}
