//! The figures as text for a terminal, in the layout of the reference script.

use super::figures::{Figures, NO_CLASS, Prf, Table};
use super::value::{float, quoted};
use std::fmt::{self, Write};

impl Figures {
    /// The figures as a table of several parts. No word of a note is in it.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    /// The first `limit` errors, a line each. They quote the notes: show them only where the user asked for it.
    pub fn errors_to_text(&self, limit: usize) -> String {
        self.errors.0.iter().take(limit).map(|e| format!("   {e}\n")).collect()
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "notes {}, without output {}", self.notes, self.missing)?;
        for (mode, table) in [("strict", &self.mentions.strict), ("lenient", &self.mentions.lenient)] {
            writeln!(out, "\nmentions, {mode}:")?;
            for (label, v) in &table.0 {
                writeln!(out, "  {label:<11} {}", prf(v))?;
            }
        }

        writeln!(out, "\nattributes on matched mentions:")?;
        for (name, v) in sorted(&self.attributes, |name| name.to_owned()) {
            writeln!(out, "  {name:<20} {:.3}  n {}", v.accuracy, v.n)?;
        }

        writeln!(out, "\nassertion classes:")?;
        // Mentions without an assertion come last.
        for (class, v) in sorted(&self.assertion, |class| (class == NO_CLASS, quoted(class))) {
            let class = if class == NO_CLASS { "None" } else { class };
            writeln!(out, "  {class:<13} {}", prf(v))?;
        }

        writeln!(out, "\nsummary fields:")?;
        for (name, v) in &self.summary.fields.0 {
            let kappa = v.kappa.map_or_else(|| "None".to_owned(), rounded);
            writeln!(out, "  {name:<22} {:.3}  kappa {kappa}  n {}", v.agreement, v.n)?;
        }
        let named = &self.summary.named_conditions;
        let Prf { p, r, f1, n } = named;
        writeln!(out, "  {:<22} F1 {f1:.3} P {p:.3} R {r:.3}  n {n}", "named_conditions")?;
        let mean = self.summary.elements_mean.map_or_else(|| "None".to_owned(), |m| format!("{m:.3}"));
        writeln!(out, "  {:<22} {mean}", "elements_mean")?;
        let kappa = self.summary.elements_kappa.map_or_else(|| "None".to_owned(), float);
        writeln!(out, "  {:<22} {kappa}", "elements_kappa")
    }
}

fn prf(v: &Prf) -> String {
    format!("P {:.3} R {:.3} F1 {:.3}  n {}", v.p, v.r, v.f1, v.n)
}

fn sorted<T, K: Ord>(table: &Table<T>, key: impl Fn(&str) -> K) -> Vec<(&str, &T)> {
    let mut rows: Vec<_> = table.0.iter().map(|(name, figures)| (name.as_str(), figures)).collect();
    rows.sort_by_key(|(name, _)| key(name));
    rows
}

/// To three decimals, without closing zeros beyond the first decimal.
fn rounded(x: f64) -> String {
    let three = format!("{x:.3}");
    three.parse().map_or(three, float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappas_drop_closing_zeros() {
        assert_eq!(rounded(1.0), "1.0");
        assert_eq!(rounded(0.75), "0.75");
        assert_eq!(rounded(2.0 / 3.0), "0.667");
        assert_eq!(rounded(-0.0001), "-0.0");
    }

    #[test]
    fn halves_round_to_even() {
        assert_eq!([0.0625, 0.1875, 0.3125].map(|x| format!("{x:.3}")), ["0.062", "0.188", "0.312"]);
    }
}
