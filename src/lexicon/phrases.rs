//! Many phrases with alternatives, found leftmost-longest on token boundaries in one pass.
//!
//! Aho-Corasick finds the first words of all terms; from there a term is followed word by word through a graph that
//! shares its alternatives. Terms are never multiplied out: a few thousand lines of data stand for hundreds of thousands of
//! phrases, and an automaton over all of those would take most of a second to build at every start.

use super::stream::{self, CLOSE, OPEN};
use super::term::{Node, TermError, parse};
use crate::segment::Spelling;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// What can be wrong with a set of phrases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// A term that can't be read.
    #[error(transparent)]
    Term(#[from] TermError),
    /// The automaton of first words can't be built.
    #[error("too many terms")]
    TooMany,
}

/// Collects terms.
pub struct Builder<'a> {
    spelling: &'a Spelling,
    words: FxHashMap<Vec<u8>, u32>,
    states: Vec<State>,
    /// `(state, word)` to the private state that follows.
    known: FxHashMap<(u32, u32), u32>,
}

#[derive(Default)]
struct State {
    /// `(word, next state)`.
    next: Vec<(u32, u32)>,
    /// Owners of the terms that end here, in the order in which they were added.
    owners: Vec<u32>,
    /// Reached by one sequence of words alone, so that other terms may go on from it.
    private: bool,
}

const ROOT: u32 = 0;

impl<'a> Builder<'a> {
    /// An empty set, whose words take their normal form from `spelling`.
    pub fn new(spelling: &'a Spelling) -> Self {
        let root = State { private: true, ..State::default() };
        Self { spelling, words: FxHashMap::default(), states: vec![root], known: FxHashMap::default() }
    }

    /// Adds a term for an owner.
    ///
    /// # Errors
    /// A term that can't be read.
    pub fn add(&mut self, term: &str, owner: u32) -> Result<(), TermError> {
        let nodes = parse(term)?;
        let ends = self.sequence(&nodes, vec![ROOT], None);
        for end in ends {
            let owners = &mut self.states[end as usize].owners;
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        Ok(())
    }

    /// Follows `nodes` from the states `from`; the last word leads to `to` where that is given. Returns the ends.
    fn sequence(&mut self, nodes: &[Node], mut from: Vec<u32>, to: Option<u32>) -> Vec<u32> {
        for (i, node) in nodes.iter().enumerate() {
            let last = i + 1 == nodes.len();
            match node {
                Node::Words(words) => from = self.words(words, from, to.filter(|_| last)),
                Node::Choice { of, optional } => {
                    let join = to.filter(|_| last).unwrap_or_else(|| self.state(false));
                    let mut ends = vec![join];
                    for s in of {
                        for end in self.sequence(s, from.clone(), Some(join)) {
                            if !ends.contains(&end) {
                                ends.push(end);
                            }
                        }
                    }
                    if *optional {
                        ends.extend(from.iter().filter(|f| !ends.contains(f)).copied().collect::<Vec<_>>());
                    }
                    from = ends;
                }
            }
        }
        from
    }

    fn words(&mut self, words: &str, mut from: Vec<u32>, to: Option<u32>) -> Vec<u32> {
        let normal = class_phrase(words, self.spelling);
        let mut words = normal.split(|&b| b == CLOSE).filter_map(|w| w.strip_prefix(&[OPEN])).peekable();
        while let Some(word) = words.next() {
            let fresh = self.words.len() as u32;
            let id = *self.words.entry(word.to_vec()).or_insert(fresh);
            let target = to.filter(|_| words.peek().is_none());
            from = vec![self.step(&from, id, target)];
        }
        from
    }

    fn step(&mut self, from: &[u32], word: u32, target: Option<u32>) -> u32 {
        if let ([only], None) = (from, target)
            && self.states[*only as usize].private
        {
            if let Some(&t) = self.known.get(&(*only, word)) {
                return t;
            }
            let t = self.state(true);
            self.states[*only as usize].next.push((word, t));
            self.known.insert((*only, word), t);
            return t;
        }
        let t = target.unwrap_or_else(|| self.state(false));
        for &f in from {
            self.states[f as usize].next.push((word, t));
        }
        t
    }

    fn state(&mut self, private: bool) -> u32 {
        self.states.push(State { private, ..State::default() });
        self.states.len() as u32 - 1
    }

    /// Compiles the set.
    ///
    /// # Errors
    /// More first words than the automaton holds.
    pub fn build(mut self) -> Result<Phrases, PhraseError> {
        for s in &mut self.states {
            s.next.sort_unstable();
            s.next.dedup();
        }
        let mut heads: Vec<u32> = self.states[ROOT as usize].next.iter().map(|&(w, _)| w).collect();
        heads.dedup();
        let mut spelled: Vec<(&[u8], u32)> = self.words.iter().map(|(w, &id)| (w.as_slice(), id)).collect();
        spelled.sort_unstable_by_key(|&(_, id)| id);
        let patterns = heads.iter().map(|&w| [&[OPEN], spelled[w as usize].0, &[CLOSE]].concat());
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .start_kind(StartKind::Unanchored)
            .build(patterns)
            .map_err(|_| PhraseError::TooMany)?;
        Ok(Phrases { words: self.words, states: self.states, heads, automaton })
    }
}

/// A compiled set of phrases.
pub struct Phrases {
    words: FxHashMap<Vec<u8>, u32>,
    states: Vec<State>,
    /// Word of each pattern of the automaton.
    heads: Vec<u32>,
    automaton: AhoCorasick,
}

/// Which of the phrases that begin at the same or at overlapping places are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// The longest at a token, and the next one behind it.
    Apart,
    /// The longest at every token.
    Longest,
    /// Every one at every token.
    All,
}

/// A phrase found: its range in the stream and the owners of the term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it starts in the stream.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whose it is, each once, in ascending order.
    pub owners: Vec<u32>,
}

/// What two owners share.
pub(super) enum Shared {
    /// Nothing.
    None,
    /// A phrase.
    Phrase {
        /// The chosen owner.
        own: u32,
        /// The other.
        other: u32,
        /// Its words in their normal form.
        words: String,
    },
    /// More pairs of states than are looked at.
    TooMany {
        /// One of the chosen owners.
        own: u32,
    },
}

/// Pairs of states that a search for shared phrases looks at.
const MAX_PAIRS: usize = 2_000_000;

impl Phrases {
    /// The phrases of a stream, leftmost-longest, without overlap.
    pub fn find(&self, stream: &[u8]) -> Vec<Hit> {
        self.search(stream, Which::Apart)
    }

    /// The longest phrase at every token, those that overlap included.
    pub fn find_overlapping(&self, stream: &[u8]) -> Vec<Hit> {
        self.search(stream, Which::Longest)
    }

    /// Every phrase at every token, the longest of a token first.
    pub fn find_all(&self, stream: &[u8]) -> Vec<Hit> {
        self.search(stream, Which::All)
    }

    fn search(&self, stream: &[u8], which: Which) -> Vec<Hit> {
        let mut out = Vec::new();
        let mut active = Vec::new();
        let mut next = Vec::new();
        let mut ends = Vec::new();
        let mut at = 0;
        let input = |from: usize| Input::new(stream).span(from..stream.len()).anchored(Anchored::No);
        while let Some(head) = self.automaton.find(input(at)) {
            active.clear();
            let word = self.heads[head.pattern().as_usize()];
            active.extend(self.next(ROOT, word));
            self.follow(stream, head.end(), &mut active, &mut next, &mut ends);
            at = head.end();
            if which == Which::Apart {
                at = ends.last().map_or(at, |&(end, _)| end);
            }
            let longest = if which == Which::All { usize::MAX } else { 1 };
            let hits = ends.drain(..).rev().take(longest);
            out.extend(hits.map(|(end, owners)| Hit { start: head.start(), end, owners }));
        }
        out
    }

    /// Follows the active states from the stream offset `at`; the ends of the terms on the way with their owners.
    fn follow(
        &self,
        stream: &[u8],
        mut at: usize,
        active: &mut Vec<u32>,
        next: &mut Vec<u32>,
        ends: &mut Vec<(usize, Vec<u32>)>,
    ) {
        loop {
            let mut owners: Vec<u32> =
                active.iter().flat_map(|&s| &self.states[s as usize].owners).copied().collect();
            if !owners.is_empty() {
                owners.sort_unstable();
                owners.dedup();
                ends.push((at, owners));
            }
            if stream.get(at) != Some(&OPEN) {
                return;
            }
            let Some(end) = memchr::memchr(CLOSE, &stream[at..]).map(|length| at + length) else { return };
            let Some(&word) = self.words.get(&stream[at + 1..end]) else { return };
            next.clear();
            for &s in active.iter() {
                for t in self.next(s, word) {
                    if !next.contains(&t) {
                        next.push(t);
                    }
                }
            }
            if next.is_empty() {
                return;
            }
            std::mem::swap(active, next);
            at = end + 1;
        }
    }

    fn next(&self, state: u32, word: u32) -> impl Iterator<Item = u32> + '_ {
        let next = &self.states[state as usize].next;
        let from = next.partition_point(|&(w, _)| w < word);
        next[from..].iter().take_while(move |&&(w, _)| w == word).map(|&(_, t)| t)
    }

    /// A phrase that ends with an owner `mine` chooses and with another one that `others` allows beside it. The first
    /// in the order of the terms' words.
    pub(super) fn shared(&self, mine: impl Fn(u32) -> bool, others: impl Fn(u32, u32) -> bool) -> Shared {
        let leads = self.leading_to(&mine);
        // pairs of states that the same words lead to, each with the pair before it and the word
        let mut pairs: Vec<(u32, u32, usize, u32)> = vec![(ROOT, ROOT, 0, 0)];
        let mut seen: FxHashSet<(u32, u32)> = FxHashSet::default();
        let mut at = 0;
        while let Some(&(p, q, ..)) = pairs.get(at) {
            let (own, other) = (&self.states[p as usize], &self.states[q as usize]);
            for &a in own.owners.iter().filter(|&&a| mine(a)) {
                if let Some(&b) = other.owners.iter().find(|&&b| others(a, b)) {
                    return Shared::Phrase { own: a, other: b, words: self.spelled(&pairs, at) };
                }
            }
            for &(word, next) in own.next.iter().filter(|(_, t)| leads[*t as usize]) {
                for other in self.next(q, word) {
                    if seen.insert((next, other)) {
                        pairs.push((next, other, at, word));
                    }
                }
            }
            if pairs.len() > MAX_PAIRS {
                let first = self.states.iter().flat_map(|s| &s.owners).find(|&&o| mine(o));
                return first.map_or(Shared::None, |&own| Shared::TooMany { own });
            }
            at += 1;
        }
        Shared::None
    }

    /// The states from which words lead to an owner that `mine` chooses.
    fn leading_to(&self, mine: &impl Fn(u32) -> bool) -> Vec<bool> {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.states.len()];
        for (i, s) in self.states.iter().enumerate() {
            for &(_, t) in &s.next {
                before[t as usize].push(i as u32);
            }
        }
        let ends = self.states.iter().map(|s| s.owners.iter().any(|&o| mine(o)));
        let mut leads: Vec<bool> = ends.collect();
        let mut open: Vec<u32> = (0..leads.len() as u32).filter(|&i| leads[i as usize]).collect();
        while let Some(s) = open.pop() {
            for &b in &before[s as usize] {
                if !std::mem::replace(&mut leads[b as usize], true) {
                    open.push(b);
                }
            }
        }
        leads
    }

    /// The words that led to a pair.
    fn spelled(&self, pairs: &[(u32, u32, usize, u32)], mut at: usize) -> String {
        let mut ids = Vec::new();
        while at != 0 {
            let (.., from, word) = pairs[at];
            ids.push(word);
            at = from;
        }
        let spelled: FxHashMap<u32, &[u8]> = self.words.iter().map(|(w, &id)| (id, w.as_slice())).collect();
        let words = ids.iter().rev().map(|id| spelled.get(id).copied().unwrap_or_default());
        words.map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }

    /// The words of all terms in their normal form, in no order.
    pub fn words(&self) -> impl Iterator<Item = &[u8]> {
        self.words.keys().map(Vec::as_slice)
    }

    /// Number of states, a measure of the data's size.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// True without any term.
    pub fn is_empty(&self) -> bool {
        self.states.len() == 1
    }
}

/// The stream form of words in which `<n>` and the like stand for classes.
fn class_phrase(words: &str, spelling: &Spelling) -> Vec<u8> {
    if !words.contains('<') {
        return stream::phrase(words, spelling);
    }
    let mut bytes = Vec::new();
    for word in words.split_whitespace() {
        match word.strip_prefix('<').and_then(|w| w.strip_suffix('>')).filter(|w| !w.is_empty()) {
            Some(class) => {
                bytes.extend_from_slice(&[OPEN, b'#']);
                bytes.extend_from_slice(class.as_bytes());
                bytes.push(CLOSE);
            }
            None => bytes.extend(stream::phrase(word, spelling)),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(terms: &[&str], text: &str) -> Vec<(String, u32)> {
        let spelling = Spelling::default();
        let mut b = Builder::new(&spelling);
        for (i, t) in terms.iter().enumerate() {
            b.add(t, i as u32).unwrap();
        }
        let phrases = b.build().unwrap();
        let bytes = stream::phrase(text, &spelling);
        phrases
            .find(&bytes)
            .iter()
            .map(|h| {
                let words =
                    bytes[h.start..h.end].split(|&b| b == CLOSE).filter_map(|w| w.strip_prefix(&[OPEN]));
                let words: Vec<String> = words.map(|w| String::from_utf8_lossy(w).into_owned()).collect();
                (words.join(" "), h.owners[0])
            })
            .collect()
    }

    #[test]
    fn alternatives_share_a_graph() {
        let terms = [
            "{unable|not able} to {walk|stand} [far|long]",
            "able to walk",
            "pain",
            "back pain",
            "[low] back",
        ];
        let cases: &[(&str, &[(&str, u32)])] = &[
            ("he is not able to stand long now", &[("not able to stand long", 0)]),
            ("able to walk", &[("able to walk", 1)]),
            ("not able to sit", &[]),
            ("low back pain", &[("low back", 4), ("pain", 2)]),
            ("back pain", &[("back pain", 3)]),
            ("not able to walk far", &[("not able to walk far", 0)]),
        ];
        for (text, expected) in cases {
            let expected: Vec<(String, u32)> = expected.iter().map(|(w, o)| ((*w).to_owned(), *o)).collect();
            assert_eq!(found(&terms, text), expected, "{text}");
        }
    }

    proptest! {
        /// The graph finds what a naive search over the written-out phrases finds.
        #[test]
        fn agrees_with_naive_search(text in proptest::collection::vec("[abc]", 0..12)) {
            let terms = ["a [b] c", "{a|b c} {b|c}", "b", "c [a [b]]"];
            let plain: &[&[&str]] = &[
                &["a c", "a b c"],
                &["a b", "a c", "b c b", "b c c"],
                &["b"],
                &["c", "c a", "c a b"],
            ];
            let mut expected = Vec::new();
            let mut at = 0;
            while at < text.len() {
                let here = plain.iter().enumerate().flat_map(|(o, ps)| ps.iter().map(move |p| (o, p.split(' ').collect::<Vec<_>>())));
                let fits = here.filter(|(_, p)| text[at..].len() >= p.len() && text[at..at + p.len()].iter().zip(p).all(|(a, b)| a == b));
                match fits.max_by_key(|(o, p)| (p.len(), std::cmp::Reverse(*o))) {
                    Some((o, p)) => {
                        at += p.len();
                        expected.push((p.join(" "), o as u32));
                    }
                    None => at += 1,
                }
            }
            prop_assert_eq!(found(&terms, &text.join(" ")), expected);
        }
    }
}
