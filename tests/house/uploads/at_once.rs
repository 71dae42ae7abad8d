//! One writer at a time, over all instances.

use super::*;
use crate::hostile;

#[actix_web::test]
async fn a_second_sender_waits_and_one_that_asks_where_to_go_on_takes_over() {
    let counter = Counter::open().await;
    let file = hostile::noise(3 << 20);
    let path = counter.begin(file.len(), &[]).await;
    let begun = 1 << 20;
    let first = counter.line(0, &path, 0, file.len(), &file[..begun]).await;
    counter.has_kept(0, true).await;
    for instance in 0..3 {
        let second = counter.append(instance, &path, 0, &file).await;
        assert_eq!(second.status(), 423);
        assert_eq!(said(&second, "retry-after"), "1");
        assert_eq!(code(second).await, "upload-held");
    }
    // The state is told without disturbing anybody.
    assert_eq!(counter.state(&path).await["offset"], 0);
    // The first has lost its line, as far as the second knows.
    let found = counter.offset(1, &path).await;
    assert!((1..=begun).contains(&found), "{found}");
    assert!(heard(first).await.starts_with("HTTP/1.1 423"));
    let second = counter.append(2, &path, found, &file[found..]).await;
    assert_eq!(second.status(), 204);
    assert!(counter.original(&said(&second, "upload-result")).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn of_many_that_send_at_once_one_writes_and_the_bytes_are_right() {
    let counter = Counter::open().await;
    let file = hostile::noise(6 << 20);
    let path = counter.begin(file.len(), &[]).await;
    let sends = (0..6).map(|instance| counter.append(instance, &path, 0, &file));
    let answers = futures_util::future::join_all(sends).await;
    let mut statuses: Vec<u16> = answers.iter().map(|it| it.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 204);
    assert!(
        statuses[1..]
            .iter()
            .all(|status| [409, 423].contains(status)),
        "{statuses:?}"
    );
    let document = counter.state(&path).await;
    let document = document["location"].as_str().unwrap();
    assert!(counter.original(document).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn a_sender_that_lost_the_upload_commits_nothing() {
    let counter = Counter::open().await;
    let file = hostile::noise(13 << 20);
    let path = counter.begin(file.len(), &[]).await;
    // Frozen for longer than its lease, while another took over and came as far.
    let mut frozen = counter
        .line(0, &path, 0, file.len(), &file[..6 << 20])
        .await;
    counter.has_kept(0, true).await;
    counter
        .change("UPDATE fertidoc.upload SET holder = NULL, lease_until = NULL")
        .await;
    let other = counter.append(1, &path, 0, &file[..2 << 20]).await;
    assert_eq!(other.status(), 204);
    let _ = frozen.write_all(&file[6 << 20..]).await;
    let said_to_it = heard(frozen).await;
    assert!(
        said_to_it.is_empty() || said_to_it.starts_with("HTTP/1.1 423"),
        "{said_to_it}"
    );
    assert_eq!(counter.offset(2, &path).await, 2 << 20);
    let last = counter.append(2, &path, 2 << 20, &file[2 << 20..]).await;
    assert!(counter.original(&said(&last, "upload-result")).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn a_sender_that_stalls_is_cut_and_what_it_brought_is_kept() {
    let counter = Counter::with(|config| config.upload.idle = Duration::from_millis(300)).await;
    let file = hostile::plain(&["FSH 5.5 IU/l"]);
    let path = counter.begin(file.len(), &[]).await;
    let stalled = counter.line(0, &path, 0, file.len(), &file[..200]).await;
    let said_to_it = heard(stalled).await;
    assert!(said_to_it.starts_with("HTTP/1.1 408"), "{said_to_it}");
    assert!(said_to_it.contains("upload-stalled"));
    assert_eq!(counter.offset(1, &path).await, 200);
    let last = counter.append(1, &path, 200, &file[200..]).await;
    assert_eq!(last.status(), 204);
    counter.settles_at(1).await;
    counter.three.close().await;
}
