//! Any edits of any text: the session says what a full check says, and changes lead from one state to the next.

#![no_main]

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::note::Note;
use chartgap::session::{Edit, Encoding, Session, SessionOptions};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&EngineOptions::default()).expect("the embedded data load"));

fuzz_target!(|input: (&str, u8, Vec<(u16, u8, &str)>)| {
    let (text, encoding, edits) = input;
    let encoding = [Encoding::Utf16, Encoding::Utf8, Encoding::CodePoints][encoding as usize % 3];
    let options = SessionOptions { encoding, ..SessionOptions::default() };
    let Ok(mut session) = Session::new(&*ENGINE, Note::new("fuzz", text), options) else { return };
    let mut client = session.whole().onto(None).expect("a change from nothing");
    for (start, length, text) in edits.into_iter().take(16) {
        let start = u32::from(start) % (session.state().length + 1);
        let edit = Edit::replace(start..start + u32::from(length), text);
        // positions past the end and inside of characters are refused, and change nothing
        let Ok(change) = session.edit_all(session.revision(), &[edit]) else { continue };
        client = change.onto(Some(client)).expect("the next change");
        assert!(client == *session.state());
        let whole = ENGINE.check(session.note(), CheckOptions { mentions: true });
        assert!(*session.report() == whole);
    }
});
