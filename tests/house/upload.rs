//! Uploads over real sockets, into a real store and a real database.

use crate::{
    hostile,
    house::{TestHouse, client, eventually},
    patients::patient,
    security::limits::Three,
    storage::Endpoint,
};
use fertidoc::{
    access::{self, Authenticator, Scopes, Viewer},
    app::Roles,
    config,
    db::Pools,
    domain::ids::{ClinicId, ObjectId, PatientId},
    patients,
    storage::{Originals, Store},
    upload::{self, Swept},
};
use futures_util::{TryStreamExt, future::join_all};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Long enough for a loaded machine; tests end as soon as what they wait for has come.
const SOON: Duration = Duration::from_secs(30);

/// A house that is sent files, with a store of its own.
struct Counter {
    house: TestHouse,
    endpoint: Endpoint,
    viewer: Viewer,
}

const ROUTE: &str = "/api/v1/documents";

impl Counter {
    async fn open() -> Self {
        Self::with(|_, _| {}).await
    }

    async fn with(change: impl FnOnce(&mut config::Upload, &mut config::Store)) -> Self {
        let endpoint = Endpoint::start().await;
        let house = TestHouse::with(Roles::SERVE, |config| {
            config.store = endpoint.config.clone();
            change(&mut config.upload, &mut config.store);
        })
        .await;
        endpoint.store().await;
        let viewer = Authenticator::new(house.pools.app.clone())
            .authenticate(&house.token, "test")
            .await
            .unwrap();
        Self {
            house,
            endpoint,
            viewer,
        }
    }

    async fn patient(&self, family: &str) -> PatientId {
        let patient = patient(family, "Ana", None, None);
        patients::create(&self.house.pools.app, &self.viewer, patient)
            .await
            .unwrap()
            .id
    }

    async fn post(&self, form: Form) -> Answer {
        self.post_as(&self.house.token, form, None).await
    }

    async fn post_as(&self, secret: &str, form: Form, key: Option<&str>) -> Answer {
        let mut request = client(secret)
            .post(self.house.at(ROUTE))
            .header("content-type", Form::TYPE)
            .body(form.end());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = request.send().await.expect("an answer");
        Answer(response.json().await.expect("an answer in JSON"))
    }

    /// A connection that has sent the head of a request and `body` of its `length`.
    async fn begin(&self, length: usize, body: &[u8]) -> TcpStream {
        let address = self.house.url.replace("http://", "");
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST {ROUTE} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {}\r\nContent-Length: {length}\r\n\r\n",
            self.house.token,
            Form::TYPE
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(body).await.unwrap();
        socket
    }

    async fn count(&self, table: &str) -> i64 {
        let admin = self.house.database.admin().await;
        let sql = format!("SELECT count(*) FROM fertidoc.{table}");
        admin.query_one(&sql, &[]).await.unwrap().get(0)
    }

    /// Waits until the store and the rows hold `objects` objects and nothing else.
    async fn settles_at(&self, objects: usize) {
        eventually(SOON, "leftovers to go", async || {
            let (files, parts) = self.endpoint.files().await;
            let rows = self.count("stored_object").await as usize;
            (files.len() == objects && parts.is_empty() && rows == objects).then_some(())
        })
        .await;
        assert_eq!(self.count("document").await as usize, objects);
    }

    async fn sweep(&self, age: Duration) -> Swept {
        let limits = config::Upload {
            leftover_age: age,
            ..self.house.config.upload.clone()
        };
        let store = Store::new(&self.endpoint.config);
        upload::sweep_once(&store, &self.house.pools.worker, &limits)
            .await
            .unwrap()
    }

    async fn original(&self, document: &str) -> Vec<u8> {
        let admin = self.house.database.admin().await;
        let row = admin
            .query_one(
                "SELECT object_id FROM fertidoc.document WHERE document_id::text = $1",
                &[&document],
            )
            .await
            .unwrap();
        let store = Store::new(&self.endpoint.config);
        let originals = Originals::new(store, self.house.pools.worker.clone());
        let (_, bytes) = originals
            .read(self.house.clinic, ObjectId(row.get(0)))
            .await
            .unwrap();
        let bytes: Vec<_> = bytes.try_collect().await.unwrap();
        bytes.concat()
    }
}

async fn token(pools: &Pools, clinic: ClinicId) -> String {
    access::create_token(&pools.app, clinic, "test", Scopes::all(), None)
        .await
        .unwrap()
        .secret
}

/// The body of a form, part by part.
#[derive(Clone, Default)]
struct Form(Vec<u8>);

impl Form {
    const TYPE: &str = "multipart/form-data; boundary=XXboundaryXX";

    fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(
            format!(
                "--XXboundaryXX\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    fn field(mut self, name: &str, value: &str) -> Self {
        self.0.extend_from_slice(
            format!(
                "--XXboundaryXX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .as_bytes(),
        );
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"--XXboundaryXX--\r\n");
        self.0
    }
}

#[derive(Debug)]
struct Answer(Value);

impl Answer {
    /// `stored`, `existing` or the code of the refusal, for each file or for the whole.
    fn outcomes(&self) -> Vec<&str> {
        let Some(files) = self.0["documents"].as_array() else {
            return vec![self.0["code"].as_str().expect("a code")];
        };
        files
            .iter()
            .map(|file| match file["status"].as_u64() {
                Some(201) => "stored",
                Some(200) => "existing",
                _ => file["problem"]["code"].as_str().expect("a code"),
            })
            .collect()
    }

    fn document(&self, file: usize) -> String {
        let document = self.0["documents"][file]["id"].as_str();
        document.expect("a document").to_owned()
    }
}

/// What the server says on a raw connection, as far as it says anything.
async fn heard(socket: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length) = socket.read(&mut piece).await {
        said.extend_from_slice(&piece[..length]);
        if length == 0 || said.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn report(line: &str) -> Vec<u8> {
    hostile::plain(&[line])
}

#[actix_web::test]
async fn files_become_documents_with_a_job_and_a_record() {
    let counter = Counter::open().await;
    let small = report("FSH 5.5 IU/l");
    let large = hostile::noise(21 << 20);
    let form = Form::default()
        .file("hormones.pdf", &small)
        .file("scan.pdf", &large);
    let answer = counter.post(form).await;
    assert_eq!(answer.outcomes(), ["stored", "stored"], "{answer:?}");
    assert!(counter.original(&answer.document(0)).await == small);
    assert!(counter.original(&answer.document(1)).await == large);
    assert_eq!(counter.count("job").await, 2);
    assert_eq!(
        counter
            .count("audit_event WHERE action = 'document.receive'")
            .await,
        2
    );
    counter.settles_at(2).await;
    for key in counter.endpoint.files().await.0 {
        assert!(key.parse::<ObjectId>().is_ok(), "{key}");
    }
}

#[actix_web::test]
async fn the_patient_may_stand_anywhere_and_must_be_ours() {
    let counter = Counter::open().await;
    let ana = counter.patient("Nunez").await.to_string();
    let before = Form::default()
        .field("patient_id", &ana)
        .file("a.pdf", &report("a"));
    let behind = Form::default()
        .file("b.pdf", &report("b"))
        .field("patient_id", &ana);
    for form in [before, behind] {
        assert_eq!(counter.post(form).await.outcomes(), ["stored"]);
    }
    let stated = format!("document WHERE stated_patient_id = '{ana}'");
    assert_eq!(counter.count(&stated).await, 2);
    let other = access::create_clinic(&counter.house.pools.app, "Other")
        .await
        .unwrap();
    let other = token(&counter.house.pools, other).await;
    let form = Form::default()
        .file("a.pdf", &report("a"))
        .field("patient_id", &ana);
    let answer = counter.post_as(&other, form, None).await;
    assert_eq!(answer.outcomes(), ["patient-not-found"]);
    for (value, code) in [
        ("nobody", "patient-id-unusable"),
        (&"x".repeat(9_000), "patient-id-unusable"),
        (&PatientId::fresh().to_string(), "patient-not-found"),
    ] {
        let form = Form::default()
            .file("c.pdf", &report("c"))
            .field("patient_id", value);
        assert_eq!(counter.post(form).await.outcomes(), [code]);
    }
    counter.settles_at(2).await;
}

#[actix_web::test]
async fn the_same_bytes_are_one_document() {
    let counter = Counter::open().await;
    let (ana, eva) = (
        counter.patient("Nunez").await.to_string(),
        counter.patient("Molina").await.to_string(),
    );
    let bytes = report("AMH 2.1 ng/ml");
    let file = || Form::default().file("amh.pdf", &bytes);
    let first = counter.post(file()).await;
    assert_eq!(first.outcomes(), ["stored"]);
    let again = counter.post(file().file("copy.pdf", &bytes)).await;
    assert_eq!(again.outcomes(), ["existing", "existing"]);
    // Nobody was stated and it is not read yet: the statement is taken over.
    let for_ana = counter.post(file().field("patient_id", &ana)).await;
    assert_eq!(for_ana.outcomes(), ["existing"]);
    assert_eq!(for_ana.document(0), first.document(0));
    let for_eva = counter.post(file().field("patient_id", &eva)).await;
    assert_eq!(for_eva.outcomes(), ["stored"]);
    let for_nobody = counter.post(file()).await;
    assert_eq!(for_nobody.outcomes(), ["existing"]);
    let stated = format!("document WHERE stated_patient_id IN ('{ana}', '{eva}')");
    assert_eq!(counter.count(&stated).await, 2);
    let elsewhere = access::create_clinic(&counter.house.pools.app, "Other")
        .await
        .unwrap();
    let elsewhere = token(&counter.house.pools, elsewhere).await;
    let answer = counter.post_as(&elsewhere, file(), None).await;
    assert_eq!(answer.outcomes(), ["stored"]);
    counter.settles_at(3).await;
}

#[actix_web::test]
async fn a_race_of_the_same_bytes_ends_in_one_document() {
    let counter = Counter::open().await;
    let ana = counter.patient("Nunez").await.to_string();
    let bytes = report("LH 4.2 IU/l");
    let posts = (0..16).map(|_| {
        let form = Form::default().file("lh.pdf", &bytes);
        counter.post(form.field("patient_id", &ana))
    });
    let answers = join_all(posts).await;
    let stored = answers
        .iter()
        .filter(|answer| answer.outcomes() == ["stored"]);
    assert_eq!(stored.count(), 1);
    for answer in &answers {
        assert_eq!(answer.document(0), answers[0].document(0));
    }
    counter.settles_at(1).await;
}

#[actix_web::test]
async fn each_file_has_its_own_outcome() {
    let counter = Counter::open().await;
    let form = Form::default()
        .file(
            "page.pdf",
            b"<!doctype html><html><script>alert(1)</script></html>",
        )
        .file("empty.pdf", b"")
        .file("report.jpg", &report("FSH 5.5"))
        .file("../../etc/passwd\u{202e}.pdf", &report("LH 4.2"))
        .file("noise.bin", &[0x93; 3000]);
    let answer = counter.post(form).await;
    assert_eq!(
        answer.outcomes(),
        [
            "unsupported-type",
            "empty-file",
            "extension-mismatch",
            "stored",
            "unsupported-type"
        ]
    );
    assert_eq!(answer.0["documents"][3]["file"], "passwd.pdf");
    assert_eq!(
        counter
            .count("document WHERE file_name = 'passwd.pdf'")
            .await,
        1
    );
    assert_eq!(counter.post(Form::default()).await.outcomes(), ["no-file"]);
    let form = Form::default().field("patient_id", "");
    assert_eq!(counter.post(form).await.outcomes(), ["no-file"]);
    counter.settles_at(1).await;
}

#[actix_web::test]
async fn names_that_were_made_to_hurt_are_shown_harmless() {
    let counter = Counter::open().await;
    let long = format!("{}.pdf", "n".repeat(10_000));
    let names = [
        ("../../etc/passwd", "passwd"),
        (r"C:\\windows\\report.pdf", "report.pdf"),
        ("\u{202e}fdp.exe.pdf", "fdp.exe.pdf"),
        (
            "<script>alert(1)<\u{2044}script>.pdf",
            "<script>alert(1)<\u{2044}script>.pdf",
        ),
        ("..", "unnamed"),
    ];
    let mut form = Form::default().file(&long, &report("long"));
    for (sent, _) in &names {
        form = form.file(sent, &report(sent));
    }
    let answer = counter.post(form).await;
    assert_eq!(answer.outcomes(), ["stored"; 6], "{answer:?}");
    let shown = |file: usize| answer.0["documents"][file]["file"].as_str().unwrap();
    assert!(shown(0).len() <= 255 && shown(0).ends_with("n….pdf"));
    for (file, (_, expected)) in names.iter().enumerate() {
        assert_eq!(shown(file + 1), *expected);
    }
    // A zero byte belongs into no header.
    let form = Form::default().file("../../etc/passwd\0.pdf", &report("zero"));
    assert_eq!(counter.post(form).await.outcomes(), ["not-a-form"]);
    counter.settles_at(6).await;
}

#[actix_web::test]
async fn a_file_that_is_too_large_is_refused_before_its_end() {
    let counter = Counter::with(|limits, _| limits.max_file_bytes = 9 << 20).await;
    let start = Form::default()
        .file("large.pdf", &hostile::noise(9 << 20))
        .0;
    let mut socket = counter.begin(1 << 30, &start).await;
    let said = heard(&mut socket).await;
    assert!(said.contains("file-too-large"), "{said}");
    // A sender that does not listen before it has sent everything hears it as well.
    let form = Form::default().file("large.pdf", &hostile::noise(20 << 20));
    assert_eq!(counter.post(form).await.outcomes(), ["file-too-large"]);
    counter.settles_at(0).await;
}

#[actix_web::test]
async fn a_flood_of_parts_is_cut_early() {
    let counter = Counter::with(|limits, _| limits.max_files = 20).await;
    let mut files = Form::default();
    let mut fields = Form::default();
    for _ in 0..50_000 {
        files = files.file("a.pdf", b"%PDF-1.4");
        fields = fields.field("note", "a");
    }
    assert_eq!(counter.post(files).await.outcomes(), ["too-many-files"]);
    assert_eq!(counter.post(fields).await.outcomes(), ["too-many-fields"]);
    let mut socket = counter
        .begin(
            1 << 20,
            b"--XXboundaryXX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"",
        )
        .await;
    socket.write_all(&vec![b'a'; 300_000]).await.unwrap();
    let said = heard(&mut socket).await;
    assert!(said.contains("not-a-form"), "{said}");
    counter.settles_at(0).await;
}

#[actix_web::test]
async fn a_body_that_is_cut_leaves_nothing() {
    let counter = Counter::open().await;
    let whole = Form::default()
        .file("first.pdf", &report("FSH 5.5"))
        .file("second.pdf", &hostile::noise(20 << 20));
    let sent = &whole.0[..18 << 20];
    let mut socket = counter.begin(whole.0.len(), sent).await;
    // Both files are on their way when the sender goes.
    eventually(SOON, "a first part", async || {
        let (files, parts) = counter.endpoint.files().await;
        (files.len() == 1 && !parts.is_empty()).then_some(())
    })
    .await;
    socket.shutdown().await.unwrap();
    let said = heard(&mut socket).await;
    assert!(
        said.is_empty() || said.contains("body-incomplete"),
        "{said}"
    );
    counter.settles_at(0).await;
}

#[actix_web::test]
async fn a_sender_that_stalls_or_dribbles_is_cut() {
    let counter = Counter::with(|limits, _| {
        limits.idle = Duration::from_millis(300);
        limits.rate_window = Duration::from_millis(500);
        limits.min_rate = 10_000;
    })
    .await;
    let start = Form::default().file("slow.pdf", &report("FSH 5.5")).0;
    let mut stalled = counter.begin(1 << 20, &start[..400]).await;
    let said = heard(&mut stalled).await;
    assert!(said.contains("sender-too-slow"), "{said}");

    let mut dribbling = counter.begin(1 << 20, &start[..200]).await;
    let (mut reading, mut writing) = dribbling.split();
    let dribble = async {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut said = vec![0; 4096];
    tokio::select! {
        () = dribble => panic!("the dribble was cut without a word"),
        length = reading.read(&mut said) => said.truncate(length.unwrap()),
    }
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("sender-too-slow"), "{said}");
    counter.settles_at(0).await;
}

#[actix_web::test]
async fn the_whole_request_has_its_time() {
    let counter = Counter::with(|limits, _| limits.total = Duration::from_millis(300)).await;
    let start = Form::default().file("slow.pdf", &report("FSH 5.5")).0;
    let mut socket = counter.begin(1 << 20, &start).await;
    let said = heard(&mut socket).await;
    assert!(said.contains("took-too-long"), "{said}");
}

#[actix_web::test]
async fn more_senders_than_permits_are_told_to_come_again() {
    let counter = Counter::with(|limits, _| limits.concurrent = 1).await;
    let start = Form::default().file("first.pdf", &hostile::noise(9 << 20));
    let whole = start.clone().end();
    let mut first = counter.begin(whole.len(), &start.0).await;
    eventually(SOON, "the first sender to be let in", async || {
        (!counter.endpoint.files().await.1.is_empty()).then_some(())
    })
    .await;
    let second = || counter.post(Form::default().file("second.pdf", &report("LH 4.2")));
    assert_eq!(second().await.outcomes(), ["busy"]);
    first.write_all(&whole[start.0.len()..]).await.unwrap();
    assert!(heard(&mut first).await.contains("\"status\":201"));
    assert_eq!(second().await.outcomes(), ["stored"]);
}

#[actix_web::test]
async fn a_store_that_is_gone_refuses_and_heals() {
    let mut counter = Counter::open().await;
    let small = || Form::default().file("a.pdf", &report("FSH 5.5"));
    let large = || Form::default().file("b.pdf", &hostile::noise(20 << 20));
    counter.endpoint.stop().await;
    for form in [small(), large()] {
        assert_eq!(counter.post(form).await.outcomes(), ["store-unavailable"]);
    }
    assert_eq!(counter.count("document").await, 0);
    counter.endpoint.again().await;
    // It is left alone for a moment after it failed a few times.
    eventually(SOON, "the store to be used again", async || {
        (counter.post(small()).await.outcomes() == ["stored"]).then_some(())
    })
    .await;
    assert_eq!(counter.post(large()).await.outcomes(), ["stored"]);
    // What could not be removed while the store was gone was left for the sweeper.
    counter.sweep(Duration::ZERO).await;
    counter.settles_at(2).await;
}

#[actix_web::test]
async fn a_store_that_stands_still_stops_the_sender() {
    // Between us and the store stands a gate that lets questions through and no whole part until
    // it is opened.
    let (open, opened) = watch::channel(false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gate = format!("http://{}", listener.local_addr().unwrap());
    let counter = Counter::with(|_, store| store.endpoint = gate).await;
    let store = counter.endpoint.config.endpoint.replace("http://", "");
    actix_web::rt::spawn(async move {
        while let Ok((mut ours, _)) = listener.accept().await {
            let (store, mut opened) = (store.clone(), opened.clone());
            actix_web::rt::spawn(async move {
                let mut theirs = TcpStream::connect(store).await.unwrap();
                let (mut asked, mut answered) = ours.split();
                let (mut answers, mut asks) = theirs.split();
                let there = async {
                    let mut little = (&mut asked).take(1 << 20);
                    if tokio::io::copy(&mut little, &mut asks).await? == 1 << 20 {
                        let _ = opened.wait_for(|open| *open).await;
                        tokio::io::copy(&mut asked, &mut asks).await?;
                    }
                    asks.shutdown().await
                };
                let back = tokio::io::copy(&mut answers, &mut answered);
                let _ = tokio::join!(there, back);
            });
        }
    });
    let body = Form::default()
        .file("large.pdf", &hostile::noise(64 << 20))
        .end();
    let mut socket = counter.begin(body.len(), b"").await;
    let mut sent = 0;
    // The sender is stopped when nothing more is taken for a while.
    while let Ok(written) = tokio::time::timeout(
        Duration::from_millis(700),
        socket.write(&body[sent..body.len().min(sent + (64 << 10))]),
    )
    .await
    {
        sent += written.unwrap();
    }
    // Two parts and frames; what the kernel holds for both ends of the connection comes on top.
    assert!(sent < (24 << 20) + (12 << 20), "{sent} bytes were taken");
    open.send(true).unwrap();
    socket.write_all(&body[sent..]).await.unwrap();
    assert!(heard(&mut socket).await.contains("\"status\":201"));
    counter.settles_at(1).await;
}

#[actix_web::test]
async fn what_a_killed_process_left_is_swept_and_documents_stay() {
    let counter = Counter::open().await;
    let kept = counter
        .post(Form::default().file("kept.pdf", &report("FSH 5.5")))
        .await;
    let store = Store::new(&counter.endpoint.config);
    let admin = counter.house.database.admin().await;
    let insert = "INSERT INTO fertidoc.stored_object (object_id, clinic_id, multipart_id)
                  VALUES ($1, $2, $3)";
    // Killed before the first byte, between parts, after the last part, and before the commit.
    let [unsent, begun, completed, put] = [(); 4].map(|()| ObjectId::fresh());
    let (one, two) = (
        store.begin(begun).await.unwrap(),
        store.begin(completed).await.unwrap(),
    );
    let part = vec![1; 5 << 20];
    store
        .put_part(begun, &one, 1, part.clone().into())
        .await
        .unwrap();
    let last = store
        .put_part(completed, &two, 1, part.clone().into())
        .await
        .unwrap();
    store
        .complete(completed, &two, vec![last], 5 << 20)
        .await
        .unwrap();
    store.put(put, part.into()).await.unwrap();
    for (object, multipart) in [
        (unsent, None),
        (begun, Some(one.0)),
        (completed, Some(two.0)),
        (put, None),
    ] {
        admin
            .execute(insert, &[&object.0, &counter.house.clinic.0, &multipart])
            .await
            .unwrap();
    }
    // Complete, and its document was removed.
    let orphan = ObjectId::fresh();
    store.put(orphan, vec![1; 10].into()).await.unwrap();
    admin
        .execute(
            "INSERT INTO fertidoc.stored_object
                 (object_id, clinic_id, state, sha256, size_bytes, frames)
             VALUES ($1, $2, 'complete', sha256('x'), 10, '{-10}')",
            &[&orphan.0, &counter.house.clinic.0],
        )
        .await
        .unwrap();
    let young = counter.sweep(Duration::from_hours(1)).await;
    assert_eq!(young, Swept::default());
    let swept = counter.sweep(Duration::ZERO).await;
    assert_eq!((swept.objects, swept.failed), (5, 0));
    counter.settles_at(1).await;
    assert!(counter.original(&kept.document(0)).await == report("FSH 5.5"));
    assert_eq!(counter.sweep(Duration::ZERO).await, Swept::default());
}

#[actix_web::test]
async fn an_upload_that_is_swept_while_it_runs_never_becomes_a_document() {
    let counter = Counter::open().await;
    let start = Form::default().file("late.pdf", &report("FSH 5.5"));
    let whole = start.clone().file("later.pdf", &report("LH 4.2")).end();
    let begun = start.file("later.pdf", b"%PDF-").0;
    let mut socket = counter.begin(whole.len(), &begun).await;
    eventually(SOON, "the first file to be put", async || {
        (counter.endpoint.files().await.0.len() == 1).then_some(())
    })
    .await;
    assert_eq!(counter.sweep(Duration::ZERO).await.objects, 1);
    socket.write_all(&whole[begun.len()..]).await.unwrap();
    let said = heard(&mut socket).await;
    assert!(said.contains("took-too-long"), "{said}");
    counter.settles_at(0).await;
}

#[actix_web::test]
async fn a_key_gives_the_same_answer_to_the_same_request_only() {
    let counter = Counter::open().await;
    let form = || {
        Form::default()
            .file("a.pdf", &report("FSH 5.5"))
            .file("page.html", b"<!doctype html><html></html>")
    };
    let with = |form, key| counter.post_as(&counter.house.token, form, Some(key));
    let answers = join_all((0..8).map(|_| with(form(), "one"))).await;
    assert_eq!(answers[0].outcomes(), ["stored", "unsupported-type"]);
    for answer in &answers {
        assert_eq!(answer.outcomes(), answers[0].outcomes());
        assert_eq!(answer.document(0), answers[0].document(0));
    }
    for other in [
        form().field("patient_id", &counter.patient("Nunez").await.to_string()),
        Form::default().file("a.pdf", &report("LH 4.2")),
        Form::default().file("b.pdf", &report("FSH 5.5")),
    ] {
        let answer = with(other, "one").await;
        assert_eq!(answer.outcomes(), ["idempotency-key-reused"]);
    }
    // A key belongs to its token, and what was refused as a whole frees it.
    let second = token(&counter.house.pools, counter.house.clinic).await;
    let answer = counter.post_as(&second, form(), Some("one")).await;
    assert_eq!(answer.outcomes(), ["existing", "unsupported-type"]);
    assert_eq!(with(Form::default(), "two").await.outcomes(), ["no-file"]);
    assert_eq!(with(form(), "two").await.outcomes()[0], "existing");
    let answer = with(form(), &"k".repeat(256)).await;
    assert_eq!(answer.outcomes(), ["idempotency-key-unusable"]);
    counter.settles_at(1).await;
}

#[actix_web::test]
async fn the_same_request_over_three_instances_is_one_document_and_one_answer() {
    let three = Three::open(|_| {}).await;
    let file = report("FSH 5.5 IU/l");
    let post = async |instance: usize, bytes: &[u8]| {
        let request = client(&three.house.token)
            .post(format!("{}{ROUTE}", three.addresses[instance % 3]))
            .header("content-type", Form::TYPE)
            .header("idempotency-key", "one")
            .body(Form::default().file("a.pdf", bytes).end());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let answers = join_all((0..32).map(|instance| post(instance, &file))).await;
    assert_eq!(answers[0].0, 201);
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    let admin = three.house.database.admin().await;
    for table in ["document", "job", "stored_object"] {
        let rows = format!("SELECT count(*) FROM fertidoc.{table}");
        let rows: i64 = admin.query_one(&rows, &[]).await.unwrap().get(0);
        assert_eq!(rows, 1, "{table}");
    }
    let (status, other) = post(1, &report("LH 4.2 IU/l")).await;
    assert_eq!(status, 422);
    assert!(other.contains("idempotency-key-reused"), "{other}");
    three.close().await;
}

#[actix_web::test]
async fn a_key_in_use_is_waited_for_and_a_dead_holder_loses_it() {
    let counter = Counter::with(|limits, _| limits.idle = Duration::from_millis(300)).await;
    let admin = counter.house.database.admin().await;
    let hold =
        "INSERT INTO fertidoc.idempotency_key (clinic_id, agent_id, key, holder, lease_until)
                VALUES ($1, $2, 'one', gen_random_uuid(), now() + interval '1 hour')";
    let token = counter.viewer.agent.id().0;
    admin
        .execute(hold, &[&counter.house.clinic.0, &token])
        .await
        .unwrap();
    let form = || Form::default().file("a.pdf", &report("FSH 5.5"));
    let answer = counter
        .post_as(&counter.house.token, form(), Some("one"))
        .await;
    assert_eq!(answer.outcomes(), ["idempotency-key-in-use"]);
    admin
        .batch_execute("UPDATE fertidoc.idempotency_key SET lease_until = now() - interval '1 s'")
        .await
        .unwrap();
    let answer = counter
        .post_as(&counter.house.token, form(), Some("one"))
        .await;
    assert_eq!(answer.outcomes(), ["stored"]);
    admin
        .batch_execute("UPDATE fertidoc.idempotency_key SET created_at = now() - interval '25 h'")
        .await
        .unwrap();
    assert_eq!(counter.sweep(Duration::from_hours(1)).await.keys, 1);
}

#[actix_web::test]
async fn a_body_that_is_no_form_is_said_to_be_none() {
    let counter = Counter::open().await;
    let send = async |kind: &str, body: Value| {
        let request = client(&counter.house.token).post(counter.house.at(ROUTE));
        let request = request.header("content-type", kind).body(body.to_string());
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(send("application/json", json!({})).await, "not-a-form");
    assert_eq!(send(Form::TYPE, json!("x")).await, "body-incomplete");
}
