//! Archives and tables: what is in them comes out in order, and what is wrong with them is told without a word of a note.
#![cfg(all(feature = "archives", feature = "parquet"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use chartgap::intake::{IntakeError, Options, read_bytes};
use chartgap::note::Note;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use std::io::{Cursor, Write};
use std::sync::Arc;

/// Must not come out of an input that cannot be read.
const CANARY: &str = "zyzzyva";

type Entry = Result<Note, IntakeError>;

fn read(name: &str, bytes: &[u8]) -> Vec<Entry> {
    read_bytes(name, bytes, &Options::default())
}

/// Id and text of every note; an error as its code.
fn told(entries: &[Entry]) -> Vec<(String, String)> {
    entries
        .iter()
        .map(|entry| match entry {
            Ok(note) => (note.id.clone(), note.text.clone()),
            Err(error) => {
                let told = error.to_string();
                assert!(!told.contains(CANARY), "a note leaks: {told}");
                (String::from("error"), error.reason.code().to_owned())
            }
        })
        .collect()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn parquet(columns: &[(&str, &[&str])]) -> Vec<u8> {
    let arrays =
        columns.iter().map(|(name, cells)| (*name, Arc::new(StringArray::from(cells.to_vec())) as ArrayRef));
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

const LINES: &[u8] = b"{\"id\":\"a\",\"text\":\"Back pain.\"}\n{\"id\":\"b\",\"text\":\"Neck pain.\"}\n";

#[test]
fn every_container_gives_the_same_notes() {
    let both = [("a".to_owned(), "Back pain.".to_owned()), ("b".to_owned(), "Neck pain.".to_owned())];
    let table = b"id,text\na,Back pain.\nb,Neck pain.\n";
    let columns = parquet(&[("id", &["a", "b"]), ("text", &["Back pain.", "Neck pain."])]);
    for (name, bytes) in [
        ("n.jsonl", LINES.to_vec()),
        ("n.zip", zip(&[("in/n.jsonl", LINES)])),
        ("n.tar", tar(&[("n.jsonl", LINES)])),
        ("n.jsonl.gz", gzip(LINES)),
        ("n.tar.gz", gzip(&tar(&[("n.jsonl", LINES)]))),
        ("n.jsonl.zst", zstd::encode_all(LINES, 3).unwrap()),
        ("n.csv", table.to_vec()),
        ("n.tsv", table.iter().map(|b| if *b == b',' { b'\t' } else { *b }).collect()),
        ("n.csv.gz", gzip(table)),
        ("n.parquet", columns.clone()),
        ("outer.zip", zip(&[("inner.zip", &zip(&[("n.csv", table)]))])),
        ("p.zip", zip(&[("n.parquet", &columns)])),
        // told by content: the name says nothing
        ("archive", zip(&[("n.jsonl", LINES)])),
        ("table", columns),
    ] {
        assert_eq!(told(&read(name, &bytes)), both, "{name}");
    }
}

#[test]
fn a_bad_member_costs_one_entry() {
    let bytes = zip(&[
        ("a.txt", b"Back pain."),
        ("b.txt", b"zyzzyva\0"),
        ("c.jsonl", b"{\"text\": zyzzyva\n"),
        ("d.txt", b"Neck pain."),
    ]);
    let entries = read("n.zip", &bytes);
    let told = told(&entries);
    let codes: Vec<&str> = told.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(codes, ["Back pain.", "nul-byte", "invalid-json", "Neck pain."]);
    let error = entries[1].as_ref().unwrap_err().to_string();
    assert!(error.starts_with("n.zip!b.txt"), "{error}");
}

#[test]
fn limits_of_archives() {
    let bomb = gzip(&vec![b'a'; 80 << 20]);
    assert_eq!(told(&read("n.txt.gz", &bomb)).last().unwrap().0, "error");
    let mut options = Options::default();
    options.archives.ratio = 5;
    options.archives.free_bytes = 1000;
    let text = vec![b'a'; 1 << 20];
    let entries = read_bytes("n.txt.gz", &gzip(&text), &options);
    assert_eq!(told(&entries), [("error".to_owned(), "over-ratio".to_owned())]);
    let mut options = Options::default();
    options.archives.members = 2;
    let entries = read_bytes("n.zip", &zip(&[("a.txt", b"a"), ("b.txt", b"b"), ("c.txt", b"c")]), &options);
    assert_eq!(told(&entries).last().unwrap().1, "too-many-parts");
    let mut nested = LINES.to_vec();
    for _ in 0..8 {
        nested = zip(&[("n.zip", &nested)]);
    }
    assert_eq!(told(&read("n.zip", &nested)), [("error".to_owned(), "too-deep".to_owned())]);
}

#[test]
fn damaged_containers() {
    let archive = zip(&[("a.txt", b"zyzzyva")]);
    let table = parquet(&[("id", &["zyzzyva"]), ("text", &["zyzzyva"])]);
    for (name, bytes) in [
        ("n.zip", &archive[..archive.len() - 10]),
        ("n.gz", &gzip(b"zyzzyva zyzzyva zyzzyva")[..12]),
        ("n.parquet", &table[..table.len() - 9]),
        ("n.tar", &tar(&[("a.txt", b"zyzzyva")])[..600]),
    ] {
        let told = told(&read(name, bytes));
        assert_eq!(told.last().unwrap().0, "error", "{name}: {told:?}");
    }
}

#[test]
fn a_table_without_the_column_says_which_there_are() {
    let entries = read("n.csv", b"case,narrative_of_visit\n1,zyzzyva\n");
    let [Err(error)] = &entries[..] else { panic!("one error") };
    assert_eq!(error.reason.code(), "no-column");
    let told = error.to_string();
    assert!(told.contains("narrative_of_visit") && !told.contains(CANARY), "{told}");
    let mut options = Options::default();
    options.columns.text = Some("narrative_of_visit".into());
    options.columns.id = Some("case".into());
    let entries = read_bytes("n.csv", b"case,narrative_of_visit\n1,Back pain.\n", &options);
    assert_eq!(told_one(&entries), ("1", "Back pain."));
}

fn told_one(entries: &[Entry]) -> (&str, &str) {
    let [Ok(note)] = entries else { panic!("one note") };
    (&note.id, &note.text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_bytes_never_panic(which in 0usize..6, at in 0usize..4000, byte: u8, cut in 0usize..4000) {
        let mut bytes = match which {
            0 => zip(&[("a.txt", b"Back pain."), ("n.jsonl", LINES)]),
            1 => gzip(LINES),
            2 => tar(&[("n.jsonl", LINES)]),
            3 => zstd::encode_all(LINES, 3).unwrap(),
            4 => parquet(&[("id", &["a", "b"]), ("text", &["Back pain.", "Neck pain."])]),
            _ => b"id,text\na,\"Back, pain.\"\nb,Neck pain.\n".to_vec(),
        };
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut % bytes.len());
        for entry in read("n", &bytes) {
            // a panic of a parser would come out as an internal error
            if let Err(error) = entry {
                prop_assert_ne!(error.reason.code(), "internal");
            }
        }
    }
}
