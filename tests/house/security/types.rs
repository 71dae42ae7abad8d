//! SEC1: only the types of the allow-list, by content and within the limits.

use crate::{hostile, house::TestHouse};
use fertidoc::app::Roles;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

async fn send(house: &TestHouse, files: Vec<(&str, Vec<u8>)>) -> (u16, Value) {
    let form = files.into_iter().fold(Form::new(), |form, (name, bytes)| {
        // The declared type is always that of a PDF; nobody believes it.
        let part = Part::bytes(bytes).file_name(name.to_owned());
        form.part("file", part.mime_str("application/pdf").unwrap())
    });
    let answer = house
        .http
        .post(house.at("/api/v1/documents"))
        .multipart(form)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn kept(house: &TestHouse) -> i64 {
    let admin = house.database.admin().await;
    let count = "SELECT count(*) FROM fertidoc.document";
    admin.query_one(count, &[]).await.unwrap().get(0)
}

/// A local header for each name, as archives begin.
fn archive(names: &[&str]) -> Vec<u8> {
    names.iter().fold(Vec::new(), |mut bytes, name| {
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&[0; 22]);
        bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(name.as_bytes());
        bytes
    })
}

fn hostile_types() -> Vec<(&'static str, Vec<u8>)> {
    let elf = std::fs::read("/bin/true").unwrap();
    let mut late = b"Dear colleague,\n<script>alert(1)</script>\n".to_vec();
    late.extend_from_slice(&hostile::plain(&["FSH 5.5 IU/l"]));
    vec![
        (
            "x.pdf",
            b"<!doctype html><html><body>a</body></html>".to_vec(),
        ),
        ("page-first.pdf", late),
        (
            "page-inside.pdf",
            b"%PDF-1.4\n<script>alert(1)</script>\n".to_vec(),
        ),
        (
            "picture-and-pdf.pdf",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0%PDF-1.4\n".to_vec(),
        ),
        (
            "picture-and-page.jpg",
            b"\xff\xd8\xff\xfe\0\x40<script>alert(1)</script>".to_vec(),
        ),
        (
            "drawing.pdf",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
        ),
        (
            "cda.xml",
            b"<html><ClinicalDocument/><script>alert(1)</script></html>".to_vec(),
        ),
        (
            "letter.txt",
            b"A letter\n<script>alert(1)</script>".to_vec(),
        ),
        ("word.docx", archive(&["word/report.exe"])),
        (
            "macros.docx",
            archive(&["[Content_Types].xml", "word/vbaProject.bin"]),
        ),
        ("java.zip", archive(&["META-INF/MANIFEST.MF", "Main.class"])),
        ("gzip.pdf", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec()),
        ("elf.pdf", elf),
        ("windows.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0".to_vec()),
        ("script.txt", b"#!/bin/sh\nrm -rf /\n".to_vec()),
    ]
}

#[actix_web::test]
async fn what_is_not_on_the_list_is_refused_whatever_it_is_called() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    for (name, bytes) in hostile_types() {
        let (status, answer) = send(&house, vec![(name, bytes)]).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (415, Some("unsupported-type")),
            "{name}: {answer}"
        );
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.ends_with('.') && !detail.contains(name), "{detail}");
    }
    assert_eq!(kept(&house).await, 0);
}

#[actix_web::test]
async fn one_bad_file_of_a_batch_is_refused_and_the_good_ones_are_kept() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let mut files = hostile_types();
    let bad = files.len();
    files.push(("good.pdf", hostile::plain(&["FSH 5.5 IU/l"])));
    let (status, answer) = send(&house, files).await;
    assert_eq!(status, 207, "{answer}");
    let files = answer["documents"].as_array().unwrap();
    assert!(files[..bad].iter().all(|file| file["status"] == 415));
    assert_eq!(files[bad]["status"], 201);
    assert_eq!(kept(&house).await, 1);
}

#[actix_web::test]
async fn a_picture_that_promises_gigabytes_is_refused_with_its_reason() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let picture = |side: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend_from_slice(&side.to_be_bytes());
        bytes.extend_from_slice(&side.to_be_bytes());
        bytes.extend_from_slice(&[8, 2, 0, 0, 0]);
        bytes
    };
    let (status, answer) = send(&house, vec![("flood.png", picture(60_000))]).await;
    assert_eq!(
        (status, answer["code"].as_str()),
        (413, Some("picture-too-large"))
    );
    assert_eq!(kept(&house).await, 0);
    let (status, answer) = send(&house, vec![("sheet.png", picture(9_000))]).await;
    assert_eq!(status, 201, "{answer}");
}

#[actix_web::test]
async fn types_of_the_list_are_kept_even_where_no_reader_is_there_yet() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let dicom = [&[0_u8; 128][..], b"DICM\x02\0\0\0"].concat();
    let files = vec![
        ("a.pdf", hostile::plain(&["FSH 5.5 IU/l"])),
        ("a.tif", b"II*\0\x08\0\0\0\0\0\0\0".to_vec()),
        ("a.hl7", b"MSH|^~\\&|LAB|CLINIC\rPID|1\r".to_vec()),
        (
            "a.json",
            b"{\"resourceType\": \"Observation\"}".to_vec(),
        ),
        (
            "a.xml",
            b"<?xml version=\"1.0\"?><!-- from the lab --><ClinicalDocument xmlns=\"urn:hl7-org:v3\">"
                .to_vec(),
        ),
        (
            "a.docx",
            archive(&["[Content_Types].xml", "word/document.xml"]),
        ),
        ("a.xlsx", archive(&["_rels/.rels", "xl/workbook.xml"])),
        ("a.rtf", b"{\\rtf1\\ansi FSH}".to_vec()),
        ("a.csv", b"Probe;Wert\nFSH;5,5\n".to_vec()),
        ("a.txt", b"FSH 5.5 IU/l, LH <2\n".to_vec()),
        ("a.dcm", dicom),
        ("a.zip", archive(&["reports/a.pdf"])),
    ];
    let count = files.len() as i64;
    let (status, answer) = send(&house, files).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(kept(&house).await, count);
}
