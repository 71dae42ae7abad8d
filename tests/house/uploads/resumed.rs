//! A file that comes in pieces is the file that was sent.

use super::*;
use crate::{hostile, patients::patient};
use fertidoc::{access::Authenticator, patients};

#[actix_web::test]
async fn a_file_cut_at_every_boundary_arrives_whole_through_other_instances() {
    let counter = Counter::open().await;
    // Bytes that pack well, so that the tails of 285 requests stay small; other tests send noise.
    let mut file = b"%PDF-1.4\n".to_vec();
    for line in 0..300_000 {
        file.extend(format!("Concentration {line} M/ml\n").bytes());
    }
    file.truncate(6 << 20);
    let path = counter.begin(file.len(), &[("filename", "scan.pdf")]).await;
    let boundaries = (1..file.len() >> 16).map(|number| number << 16);
    let cuts = boundaries.flat_map(|boundary| [boundary - 1, boundary, boundary + 1]);
    let (mut offset, mut lines) = (0, 0);
    for cut in cuts {
        // What the server had read of a line and not handed on when it broke is sent once more.
        while offset < cut {
            let rest = file.len() - offset;
            let line = counter.line(lines, &path, offset, rest, &file[offset..cut]);
            drop(line.await);
            lines += 1;
            // Another instance says where to go on.
            let found = counter.offset(lines, &path).await;
            assert!(
                (offset..=cut).contains(&found),
                "{found} of {offset}..{cut}"
            );
            offset = found;
        }
    }
    let last = counter.append(0, &path, offset, &file[offset..]).await;
    assert_eq!(last.status(), 204);
    assert_eq!(said(&last, "upload-offset"), file.len().to_string());
    let document = said(&last, "upload-result");
    assert!(counter.original(&document).await == file);
    println!("285 cuts over {lines} lines");
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn what_a_reset_line_brought_is_kept_as_far_as_it_was_read() {
    let counter = Counter::open().await;
    let file = hostile::noise(12 << 20);
    let path = counter.begin(file.len(), &[]).await;
    let mut offset = 0;
    let mut resets = 0;
    while offset < file.len() {
        let end = file.len().min(offset + (3 << 20));
        let rest = file.len() - offset;
        let line = counter
            .line(resets, &path, offset, rest, &file[offset..end])
            .await;
        if end < file.len() {
            line.set_zero_linger().unwrap();
            drop(line);
        } else {
            assert!(heard(line).await.starts_with("HTTP/1.1 204"));
        }
        resets += 1;
        let found = counter.offset(resets, &path).await;
        assert!((offset..=end).contains(&found), "{found}");
        offset = found;
    }
    let state = counter.state(&path).await;
    assert_eq!(state["state"], "done");
    let document = state["location"].as_str().unwrap();
    assert!(counter.original(document).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn an_upload_becomes_a_document_with_a_job_and_a_record() {
    let counter = Counter::open().await;
    let house = &counter.three.house;
    let viewer = Authenticator::new(house.pools.app.clone())
        .authenticate(&house.token, "test")
        .await
        .unwrap();
    let ana = patient("Nunez", "Ana", None, None);
    let ana = patients::create(&house.pools.app, &viewer, ana);
    let ana = ana.await.unwrap().id.to_string();
    let file = hostile::noise(21 << 20);
    let metadata = [("filename", "../Größe.pdf"), ("patient_id", &ana)];
    let path = counter.begin(file.len(), &metadata).await;
    let head = counter.ask(1, "HEAD", &path).send().await.unwrap();
    assert_eq!(said(&head, "upload-metadata"), encoded(&metadata));
    assert_eq!(said(&head, "upload-length"), file.len().to_string());
    assert_eq!(said(&head, "cache-control"), "no-store");
    assert!(said(&head, "upload-expires").ends_with("GMT"));
    let (first, second) = (9 << 20, 16 << 20);
    for (instance, (from, to)) in [(0, first), (first, second), (second, file.len())]
        .into_iter()
        .enumerate()
    {
        let answer = counter.append(instance, &path, from, &file[from..to]).await;
        assert_eq!(answer.status(), 204);
        assert_eq!(said(&answer, "upload-offset"), to.to_string());
        assert_eq!(said(&answer, "tus-resumable"), "1.0.0");
        assert_eq!(
            answer.headers().contains_key("upload-result"),
            to == file.len()
        );
    }
    let state = counter.state(&path).await;
    assert_eq!(
        (&state["state"], &state["status"]),
        (&"done".into(), &201.into())
    );
    let document = state["location"].as_str().unwrap();
    assert!(counter.original(document).await == file);
    let named = format!("document WHERE file_name = 'Größe.pdf' AND stated_patient_id = '{ana}'");
    assert_eq!(counter.count(&named).await, 1);
    for action in ["upload.create", "document.receive"] {
        let rows = format!("audit_event WHERE action = '{action}' AND patient_id = '{ana}'");
        assert_eq!(counter.count(&rows).await, 1, "{action}");
    }
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn the_end_is_told_again_to_whoever_missed_it() {
    let counter = Counter::open().await;
    let file = hostile::plain(&["FSH 5.5 IU/l"]);
    let path = counter.begin(file.len(), &[("filename", "a.pdf")]).await;
    // In small pieces; the type is told when there are enough of them.
    let mut offset = 0;
    for (instance, piece) in file.chunks(100).enumerate() {
        let answer = counter.append(instance, &path, offset, piece).await;
        assert_eq!(answer.status(), 204);
        offset += piece.len();
    }
    let document = said(
        &counter.ask(2, "HEAD", &path).send().await.unwrap(),
        "upload-result",
    );
    for instance in 0..3 {
        let again = counter.append(instance, &path, file.len(), b"").await;
        assert_eq!(again.status(), 204);
        assert_eq!(said(&again, "upload-result"), document);
    }
    // The same bytes once more, all with the first request: the document that is there.
    let request = counter
        .ask(1, "POST", ROUTE)
        .header("upload-length", file.len());
    let request = request
        .header("content-type", "application/offset+octet-stream")
        .body(file.clone());
    let second = request.send().await.unwrap();
    assert_eq!(second.status(), 201);
    assert_eq!(said(&second, "upload-offset"), file.len().to_string());
    assert_eq!(said(&second, "upload-result"), document);
    let state = counter.state(&said(&second, "location")).await;
    assert_eq!(
        (&state["state"], &state["status"]),
        (&"done".into(), &200.into())
    );
    assert!(counter.original(&document).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}
