//! Many phrases with alternatives, found leftmost-longest on token boundaries in one pass.
//!
//! Every word of a stream is looked up once; from the first word of a term, the term is followed word by word through a
//! graph that shares its alternatives. Terms are never multiplied out: a few thousand lines of data stand for hundreds of
//! thousands of phrases, and an automaton over all of those would take most of a second to build at every start.

use super::stream::{self, CLOSE, OPEN};
use super::term::{Node, TermError, parse};
use crate::segment::Spelling;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

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
    pub fn build(mut self) -> Phrases {
        let mut out = Phrases {
            words: self.words,
            heads: Vec::new(),
            edges: Vec::new(),
            first_edge: vec![0],
            owners: Vec::new(),
            first_owner: vec![0],
        };
        for s in &mut self.states {
            s.next.sort_unstable();
            s.next.dedup();
            out.edges.append(&mut s.next);
            out.first_edge.push(out.edges.len() as u32);
            out.owners.append(&mut s.owners);
            out.first_owner.push(out.owners.len() as u32);
        }
        let root = &out.edges[out.edges_of(ROOT)];
        out.heads =
            (0..=out.words.len() as u32).map(|w| root.partition_point(|&(x, _)| x < w) as u32).collect();
        out
    }
}

/// A compiled set of phrases. The edges of a state and its owners lie side by side in one list for all states.
pub struct Phrases {
    words: FxHashMap<Vec<u8>, u32>,
    /// Where the edges of the root begin for each word, and where those of the last word end.
    heads: Vec<u32>,
    /// `(word, next state)`, by state, then by word.
    edges: Vec<(u32, u32)>,
    /// Where the edges of each state begin.
    first_edge: Vec<u32>,
    /// Owners of the terms that end in a state, by state.
    owners: Vec<u32>,
    /// Where the owners of each state begin.
    first_owner: Vec<u32>,
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

/// A word of a stream.
#[derive(Clone, Copy)]
struct Word {
    /// Its number; [`UNKNOWN`] for one that no term has, and for the end of a sentence.
    id: u32,
    start: u32,
    end: u32,
}

const UNKNOWN: u32 = u32::MAX;

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

/// What following a term needs, kept from one first word to the next.
#[derive(Default)]
struct Trail {
    active: Vec<u32>,
    next: Vec<u32>,
    /// How many words the terms on the way take in behind the first one, each with a state in which it ends.
    ends: Vec<(usize, u32)>,
}

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
        let words = self.read(stream);
        let mut trail = Trail::default();
        let mut at = 0;
        while let Some(first) = words.get(at) {
            at += 1;
            let heads = self.heads_of(first.id);
            if heads.is_empty() {
                continue;
            }
            trail.active.clear();
            trail.active.extend(self.edges[heads].iter().map(|&(_, t)| t));
            self.follow(&words[at..], &mut trail);
            let longest = if which == Which::All { usize::MAX } else { 1 };
            for ends in trail.ends.chunk_by(|a, b| a.0 == b.0).rev().take(longest) {
                let last = at + ends[0].0;
                let mut owners: Vec<u32> =
                    ends.iter().flat_map(|&(_, s)| &self.owners[self.owners_of(s)]).copied().collect();
                owners.sort_unstable();
                owners.dedup();
                out.push(Hit { start: first.start as usize, end: words[last - 1].end as usize, owners });
            }
            if which == Which::Apart {
                at += trail.ends.last().map_or(0, |&(length, _)| length);
            }
        }
        out
    }

    /// The words of a stream in order.
    fn read(&self, stream: &[u8]) -> Vec<Word> {
        let mut out = Vec::with_capacity(stream.len() / 6);
        let mut at = 0;
        while let Some(&mark) = stream.get(at) {
            let inner = &stream[at + 1..];
            let close = if mark == OPEN { inner.iter().position(|&b| b == CLOSE) } else { None };
            let (id, end) = match close {
                Some(n) => (self.words.get(&inner[..n]).copied().unwrap_or(UNKNOWN), at + n + 2),
                None => (UNKNOWN, at + 1),
            };
            out.push(Word { id, start: at as u32, end: end as u32 });
            at = end;
        }
        out
    }

    /// Follows the active states along the words behind the first one.
    fn follow(&self, words: &[Word], trail: &mut Trail) {
        let Trail { active, next, ends } = trail;
        ends.clear();
        for length in 0.. {
            let last = active.iter().filter(|&&s| !self.owners_of(s).is_empty());
            ends.extend(last.map(|&s| (length, s)));
            let Some(word) = words.get(length).filter(|w| w.id != UNKNOWN) else { return };
            next.clear();
            for &s in active.iter() {
                for t in self.next(s, word.id) {
                    if !next.contains(&t) {
                        next.push(t);
                    }
                }
            }
            if next.is_empty() {
                return;
            }
            std::mem::swap(active, next);
        }
    }

    fn next(&self, state: u32, word: u32) -> impl Iterator<Item = u32> + '_ {
        let edges = &self.edges[self.edges_of(state)];
        let from = edges.partition_point(|&(w, _)| w < word);
        edges[from..].iter().take_while(move |&&(w, _)| w == word).map(|&(_, t)| t)
    }

    fn edges_of(&self, state: u32) -> Range<usize> {
        between(&self.first_edge, state)
    }

    fn owners_of(&self, state: u32) -> Range<usize> {
        between(&self.first_owner, state)
    }

    fn heads_of(&self, word: u32) -> Range<usize> {
        if word == UNKNOWN { 0..0 } else { between(&self.heads, word) }
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
            let (own, other) = (&self.owners[self.owners_of(p)], &self.owners[self.owners_of(q)]);
            for &a in own.iter().filter(|&&a| mine(a)) {
                if let Some(&b) = other.iter().find(|&&b| others(a, b)) {
                    return Shared::Phrase { own: a, other: b, words: self.spelled(&pairs, at) };
                }
            }
            for &(word, next) in self.edges[self.edges_of(p)].iter().filter(|(_, t)| leads[*t as usize]) {
                for other in self.next(q, word) {
                    if seen.insert((next, other)) {
                        pairs.push((next, other, at, word));
                    }
                }
            }
            if pairs.len() > MAX_PAIRS {
                let first = self.owners.iter().find(|&&o| mine(o));
                return first.map_or(Shared::None, |&own| Shared::TooMany { own });
            }
            at += 1;
        }
        Shared::None
    }

    /// The states from which words lead to an owner that `mine` chooses.
    fn leading_to(&self, mine: &impl Fn(u32) -> bool) -> Vec<bool> {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.len()];
        for s in 0..self.len() as u32 {
            for &(_, t) in &self.edges[self.edges_of(s)] {
                before[t as usize].push(s);
            }
        }
        let ends = (0..self.len() as u32).map(|s| self.owners[self.owners_of(s)].iter().any(|&o| mine(o)));
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
        self.first_edge.len() - 1
    }

    /// True without any term.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }
}

/// The range of `index` in a list whose parts begin where `from` says.
fn between(from: &[u32], index: u32) -> Range<usize> {
    let at = index as usize;
    from[at] as usize..from[at + 1] as usize
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
        let phrases = b.build();
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
