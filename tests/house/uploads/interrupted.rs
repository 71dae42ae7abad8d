//! What the house stands on breaks in the middle, or the house itself does.

use super::*;
use crate::{
    faults::processes::{Process, free_address, outside},
    hostile,
};

#[actix_web::test]
async fn a_store_that_is_gone_costs_what_was_not_kept_and_nothing_else() {
    let mut counter = Counter::open().await;
    let file = hostile::noise(12 << 20);
    let path = counter.begin(file.len(), &[]).await;
    let first = 6 << 20;
    assert_eq!(
        counter.append(0, &path, 0, &file[..first]).await.status(),
        204
    );
    counter.endpoint.stop().await;
    let answer = counter.append(1, &path, first, &file[first..]).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(code(answer).await, "store-unavailable");
    assert_eq!(counter.offset(2, &path).await, first);
    counter.endpoint.again().await;
    let last = counter.append(2, &path, first, &file[first..]).await;
    assert_eq!(last.status(), 204);
    assert!(counter.original(&said(&last, "upload-result")).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}

/// The moment between the last byte and the document, made as long as is needed.
const NO_DOCUMENTS: &str = "
    CREATE FUNCTION fertidoc.no_documents() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
    CREATE TRIGGER no_documents BEFORE INSERT ON fertidoc.document
    FOR EACH ROW EXECUTE FUNCTION fertidoc.no_documents()";

#[actix_web::test]
async fn an_upload_whose_bytes_are_all_here_is_brought_to_its_end_by_whoever_asks() {
    let counter = Counter::open().await;
    for (number, size) in [(1, 1 << 20), (2, 12 << 20)] {
        let mut file = hostile::noise(size);
        file.push(number);
        let path = counter.begin(file.len(), &[]).await;
        counter.change(NO_DOCUMENTS).await;
        let answer = counter.append(0, &path, 0, &file).await;
        assert_eq!(answer.status(), 500);
        // Nobody is told that all is here before it is a document.
        let head = counter.ask(1, "HEAD", &path).send().await.unwrap();
        assert_eq!(head.status(), 500);
        assert_eq!(counter.sweep(Duration::ZERO).await.objects, 0);
        counter
            .change("DROP FUNCTION fertidoc.no_documents() CASCADE")
            .await;
        let head = counter.ask(2, "HEAD", &path).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(said(&head, "upload-offset"), file.len().to_string());
        assert!(counter.original(&said(&head, "upload-result")).await == file);
    }
    counter.settles_at(2).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn a_server_that_is_killed_in_the_middle_costs_no_more_than_a_part() {
    let mut endpoint = Endpoint::start().await;
    endpoint.config.part_bytes = 5 << 20;
    endpoint.store().await;
    let house = outside(|config| config.store = endpoint.config.clone()).await;
    let mut second = house.config.clone();
    second.http.bind = free_address();
    let (killed, _other) = tokio::join!(Process::serve(&house.config), Process::serve(&second));
    let other = format!("http://{}", second.http.bind);
    let file = hostile::noise(24 << 20);
    let begin = house.http.post(house.at(ROUTE));
    let begin = begin
        .header("tus-resumable", "1.0.0")
        .header("upload-length", file.len());
    let path = said(&begin.send().await.unwrap(), "location");
    let address = house.config.http.bind.clone();
    let mut line = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        house.token,
        file.len()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(&file[..18 << 20]).await.unwrap();
    let admin = house.database.admin().await;
    eventually(SOON, "two parts to be kept", async || {
        let row = admin.query_one("SELECT received FROM fertidoc.upload", &[]);
        (row.await.unwrap().get::<_, i64>(0) >= 10 << 20).then_some(())
    })
    .await;
    killed.kill();
    let ask = |method: &str| {
        let request = house
            .http
            .request(method.parse().unwrap(), format!("{other}{path}"));
        request.header("tus-resumable", "1.0.0")
    };
    // It is held until the lease of the dead one ends.
    let last = eventually(SOON, "the upload to be free", async || {
        let head = ask("HEAD").send().await.unwrap();
        let offset: usize = said(&head, "upload-offset").parse().unwrap();
        assert!((10 << 20..=18 << 20).contains(&offset), "{offset}");
        let sent = appending(ask("PATCH"), offset, &file[offset..]);
        let sent = sent.send().await.unwrap();
        (sent.status() == 204).then_some(sent)
    })
    .await;
    let document = said(&last, "upload-result");
    let original = house.http.get(format!("{other}{document}/original"));
    let original = original.send().await.unwrap().bytes().await.unwrap();
    assert!(original[..] == file);
    eventually(SOON, "leftovers to go", async || {
        let (files, parts) = endpoint.files().await;
        (files.len() == 1 && parts.is_empty()).then_some(())
    })
    .await;
}
