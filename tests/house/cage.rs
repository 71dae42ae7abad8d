//! The cage: what a child may do, what becomes of one that tries more, and hostile documents.

use crate::{hostile, house::eventually};
use fertidoc::{
    analysis::analyze_files,
    cage::{Cage, Ended, Probe, RunError},
    config,
    domain::analysis::{Analysis, RefusalCode},
};
use futures_util::StreamExt;
use std::{path::PathBuf, time::Duration};

/// Settings whose children are the binary under test.
pub fn settings() -> config::Analysis {
    config::Analysis {
        program: env!("CARGO_BIN_EXE_fertidoc").into(),
        ..config::Analysis::default()
    }
}

async fn attempt(probe: Probe) -> Ended {
    let settings = config::Analysis {
        cpu_seconds: 1,
        ..settings()
    };
    match Cage::new(&settings, 0).attempt(probe).await {
        RunError::Ended(ended) => ended,
        other => panic!("{probe:?}: {other}"),
    }
}

#[actix_web::test]
async fn whoever_tries_to_break_out_dies() {
    for probe in [Probe::Socket, Probe::Open, Probe::Exec, Probe::Fork] {
        assert_eq!(attempt(probe).await, Ended::Crashed, "{probe:?}");
    }
}

#[actix_web::test]
async fn each_way_to_use_up_a_machine_has_its_name() {
    assert_eq!(attempt(Probe::Memory).await, Ended::OutOfMemory);
    assert_eq!(attempt(Probe::Stack).await, Ended::Crashed);
    assert_eq!(attempt(Probe::Cpu).await, Ended::TimedOut);
}

#[actix_web::test]
async fn a_cage_that_holds_is_proven_and_one_that_is_none_is_found_out() {
    Cage::new(&settings(), 1).prove().await.unwrap();
    let none = config::Analysis {
        program: "/bin/true".into(),
        ..settings()
    };
    assert!(Cage::new(&none, 0).prove().await.is_err());
}

#[actix_web::test]
async fn a_spare_is_closed_in_before_it_gets_a_byte() {
    let cage = Cage::new(&settings(), 1);
    cage.prove().await.unwrap();
    let spare = cage.spares()[0];
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{spare}/{file}")).unwrap();
    let status = eventually(Duration::from_secs(20), "a closed cage", || async {
        Some(read("status")).filter(|status| status.contains("Seccomp:\t2"))
    })
    .await;
    assert!(status.contains("NoNewPrivs:\t1"));
    assert!(status.contains("Threads:\t1"));

    let mut open: Vec<String> = std::fs::read_dir(format!("/proc/{spare}/fd"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2"]);
    assert_eq!(read("environ"), "");
    assert_eq!(
        std::fs::read_link(format!("/proc/{spare}/cwd")).unwrap(),
        PathBuf::from("/")
    );
    let limits = read("limits");
    for (name, limit) in [
        ("Max address space", "1073741824"),
        ("Max cpu time", "10"),
        ("Max file size", "0"),
        ("Max processes", "0"),
        ("Max core file size", "0"),
        ("Max open files", "16"),
        ("Max stack size", "16777216"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let soft = line[name.len()..].split_whitespace().next().unwrap();
        assert_eq!(soft, limit, "{name}");
    }
}

#[actix_web::test]
async fn a_spare_that_died_is_not_given_a_document() {
    let cage = Cage::new(&settings(), 1);
    cage.prove().await.unwrap();
    let spare = cage.spares()[0];
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(spare as i32),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    eventually(Duration::from_secs(20), "the end of the spare", || async {
        let stat = std::fs::read_to_string(format!("/proc/{spare}/stat"));
        stat.map_or(Some(()), |stat| stat.contains(") Z ").then_some(()))
    })
    .await;
    assert!(matches!(
        cage.attempt(Probe::Socket).await,
        RunError::Ended(Ended::Crashed)
    ));
}

/// The analyses of these files, in order, and the folder that held them.
async fn analyze(settings: config::Analysis, files: &[(&str, Vec<u8>)]) -> Vec<Analysis> {
    let folder = std::env::temp_dir().join(format!("fertidoc-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    let paths = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    let analyses = analyze_files(paths, &settings)
        .map(Result::unwrap)
        .collect()
        .await;
    std::fs::remove_dir_all(&folder).unwrap();
    analyses
}

#[actix_web::test]
async fn hostile_documents_have_a_named_end_and_the_others_are_read() {
    let files = [
        (
            "plain.pdf",
            hostile::plain(&["Sperm concentration 15 M/mL"]),
        ),
        ("bomb.pdf", hostile::deflate_bomb(1 << 30)),
        ("bomb-in-bomb.pdf", hostile::double_deflate_bomb(2 << 30)),
        ("self.pdf", hostile::self_calling_form()),
        ("forms.pdf", hostile::form_expansion(28)),
        ("arrays.pdf", hostile::nested_arrays(20_000)),
        ("content.pdf", hostile::nested_content(50_000)),
        ("empty.pdf", Vec::new()),
        (
            "again.pdf",
            hostile::plain(&["Sperm concentration 15 M/mL"]),
        ),
    ];
    let analyses = analyze(settings(), &files).await;
    for ((name, _), analysis) in files.iter().zip(&analyses) {
        assert_eq!(analysis.file, *name);
        assert_eq!(analysis.sha256.len(), 64);
        match &analysis.error {
            Some(refusal) => {
                assert!(!refusal.message.is_empty(), "{name}");
                assert!(analysis.kind.is_none() && analysis.observations.is_empty());
            }
            None => assert!(analysis.kind.is_some(), "{name}"),
        }
    }
    let code = |index: usize| analyses[index].error.as_ref().map(|refusal| refusal.code);
    assert_eq!(code(0), None);
    assert_eq!(code(7), Some(RefusalCode::Empty));
    assert_eq!(code(8), None);
    assert_eq!(analyses[0].sha256, analyses[8].sha256);
}

#[actix_web::test]
async fn a_document_that_is_too_large_is_refused() {
    let settings = config::Analysis {
        max_bytes: 100,
        ..settings()
    };
    let analyses = analyze(settings, &[("large.pdf", hostile::plain(&["text"]))]).await;
    let refusal = analyses[0].error.as_ref().unwrap();
    assert_eq!(refusal.code, RefusalCode::TooLarge);
    assert_eq!(analyses[0].media_type, "application/pdf");
}
