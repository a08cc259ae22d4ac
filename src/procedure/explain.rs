//! What a procedure or one of its elements is, for `explain`.

use super::Procedures;
use crate::explain::Explanation;

impl Procedures {
    /// Explains a CPT code, a procedure or an element by its name.
    pub fn explain(&self, topic: &str) -> Option<Explanation> {
        let topic = topic.trim();
        let name = topic.to_ascii_lowercase();
        if let Some(p) = self.find(topic).or_else(|| self.procedures.iter().find(|p| p.id == name)) {
            let asked: Vec<String> = self.elements_of(p).map(|e| format!("{}: {}", e.id, e.what)).collect();
            let policy = self.policy(p, None);
            let mut body = vec![
                ("Codes".to_owned(), p.cpt.join(", ")),
                ("Asked for".to_owned(), asked.join("\n")),
                ("Beware".to_owned(), policy.gap.unwrap_or_default()),
            ];
            if let Some(limits) = &p.limits {
                body.push(("Not in a single note".to_owned(), limits.clone()));
            }
            return Some(Explanation {
                title: format!("{}: {}", p.id, p.name),
                body,
                sources: policy.sources,
            });
        }
        let e = self.elements.iter().find(|e| e.id == name)?;
        let by: Vec<String> = self
            .procedures
            .iter()
            .filter(|p| self.elements_of(p).any(|x| x.id == e.id))
            .map(|p| format!("{} ({})", p.name, p.cpt.join(", ")))
            .collect();
        let body = [
            ("What", e.what.clone()),
            ("Why", e.why.clone()),
            ("How to fix", e.fix.clone()),
            ("Asked for by", by.join("\n")),
        ];
        Some(Explanation {
            title: format!("{}: {}", e.id, e.title),
            body: body.map(|(h, t)| (h.to_owned(), t)).into(),
            sources: e.sources.iter().map(ToString::to_string).collect(),
        })
    }

    /// Every topic that [`Procedures::explain`] knows.
    pub fn topics(&self) -> Vec<String> {
        let mut out: Vec<String> = self.procedures.iter().map(|p| p.id.clone()).collect();
        out.extend(self.procedures.iter().flat_map(|p| p.cpt.clone()));
        out.extend(self.elements.iter().map(|e| e.id.clone()));
        out
    }

    /// Names in the data that the lexicon must have: groups of conditions, then concepts.
    pub fn names(&self) -> (Vec<&str>, Vec<&str>) {
        let mut all: (Vec<&str>, Vec<&str>) = Default::default();
        for (groups, concepts) in self.elements.iter().map(|e| e.want.names()) {
            all.0.extend(groups);
            all.1.extend(concepts);
        }
        all
    }
}
