//! What the terminal can show.

use super::args::{ColorWhen, TerminalArgs};
use chartgap::render::text::TextOptions;
use std::env;
use std::io::{IsTerminal, stdout};

/// Columns where nothing tells them: what every terminal has.
const WIDTH: usize = 80;

/// Layout for standard output, or for a file, which is no terminal.
pub(super) fn options(args: &TerminalArgs, file: bool) -> TextOptions {
    let width = env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|w| (40..=400).contains(w));
    TextOptions {
        color: match args.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => !file && color(),
        },
        unicode: !args.ascii && unicode(),
        width: width.unwrap_or(WIDTH).min(120),
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors>.
fn color() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let not_zero = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    if set("NO_COLOR") {
        return false;
    }
    if not_zero("CLICOLOR_FORCE") {
        return true;
    }
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    let off = env::var_os("CLICOLOR").is_some_and(|value| value == "0");
    stdout().is_terminal() && !dumb && !off
}

/// The locale's encoding. Systems without locale variables show UTF-8.
fn unicode() -> bool {
    if cfg!(windows) {
        return true;
    }
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    match locale {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => cfg!(target_os = "macos"),
    }
}
