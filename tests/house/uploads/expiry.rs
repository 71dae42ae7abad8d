//! Uploads that end without a document leave nothing.

use super::*;
use crate::hostile;

const LATE: &str = "UPDATE fertidoc.upload SET expires_at = clock_timestamp()";

#[actix_web::test]
async fn an_upload_that_nobody_goes_on_with_expires_with_all_that_came() {
    let counter = Counter::open().await;
    let file = hostile::noise(8 << 20);
    let path = counter.begin(file.len(), &[("filename", "Eva.pdf")]).await;
    assert_eq!(
        counter.append(0, &path, 0, &file[..7 << 20]).await.status(),
        204
    );
    // A part of a multipart upload and a tail, which no sweeper of leftovers touches.
    assert_eq!(counter.sweep(Duration::ZERO).await, Swept::default());
    assert_eq!(counter.count("stored_object WHERE state = 'held'").await, 2);
    counter.change(LATE).await;
    let head = counter.ask(1, "HEAD", &path).send().await.unwrap();
    assert_eq!(head.status(), 410);
    let patch = counter.append(1, &path, 7 << 20, &file[7 << 20..]).await;
    assert_eq!(patch.status(), 410);
    assert_eq!(code(patch).await, "upload-gone");
    let swept = counter.sweep(Duration::ZERO).await;
    assert_eq!((swept.expired, swept.objects, swept.failed), (1, 2, 0));
    counter.settles_at(0).await;
    assert_eq!(counter.state(&path).await["state"], "expired");
    assert_eq!(
        counter
            .count("upload WHERE file_name <> '' OR metadata <> ''")
            .await,
        0
    );
    counter
        .change("UPDATE fertidoc.upload SET ended_at = ended_at - interval '8 days'")
        .await;
    assert_eq!(counter.sweep(Duration::ZERO).await, Swept::default());
    let forgotten = counter.ask(0, "GET", &path).send().await.unwrap();
    assert_eq!(forgotten.status(), 404);
    counter.three.close().await;
}

#[actix_web::test]
async fn an_upload_that_somebody_sends_to_does_not_expire() {
    let counter = Counter::open().await;
    let file = hostile::plain(&["FSH 5.5 IU/l"]);
    let path = counter.begin(file.len(), &[]).await;
    let mut line = counter.line(0, &path, 0, file.len(), &file[..300]).await;
    counter.has_kept(0, true).await;
    counter.change(LATE).await;
    assert_eq!(counter.sweep(Duration::ZERO).await.expired, 0);
    line.write_all(&file[300..]).await.unwrap();
    // Nothing is said behind the head of an answer without a body, so the line is not waited for.
    eventually(SOON, "the document", async || {
        (counter.count("document").await == 1).then_some(())
    })
    .await;
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn what_is_given_up_is_removed_and_what_is_a_document_stays() {
    let counter = Counter::open().await;
    let file = hostile::noise(8 << 20);
    let path = counter.begin(file.len(), &[]).await;
    assert_eq!(
        counter.append(0, &path, 0, &file[..6 << 20]).await.status(),
        204
    );
    // Even where somebody still sends.
    let rest = file.len() - (6 << 20);
    let line = counter
        .line(1, &path, 6 << 20, rest, &file[6 << 20..7 << 20])
        .await;
    counter.has_kept(0, true).await;
    let delete = || counter.ask(2, "DELETE", &path).send();
    assert_eq!(delete().await.unwrap().status(), 204);
    assert!(heard(line).await.starts_with("HTTP/1.1 423"));
    assert_eq!(delete().await.unwrap().status(), 410);
    for method in ["HEAD", "GET"] {
        let answer = counter.ask(0, method, &path).send().await.unwrap();
        assert_eq!(answer.status(), 410, "{method}");
    }
    counter.settles_at(0).await;
    let told = counter.count("audit_event WHERE action = 'upload.terminate'");
    assert_eq!(told.await, 1);

    let path = counter.begin(file.len(), &[]).await;
    assert_eq!(counter.append(0, &path, 0, &file).await.status(), 204);
    let answer = counter.ask(1, "DELETE", &path).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert_eq!(code(answer).await, "upload-done");
    counter.settles_at(1).await;
    counter.three.close().await;
}
