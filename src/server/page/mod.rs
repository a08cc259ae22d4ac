//! The web page: an editor with the checklist beside it at `/`, the review of an audit's sample at `/review`.
//!
//! The files are part of the binary and ask for nothing outside it. They hold no data: what they show, they fetch through
//! the guarded routes, and keep in the memory of the page alone.

use super::problem::Problem;
use super::state::AppState;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// The routes of the page. They tell nothing but what anyone can read in the sources.
pub(super) const ROUTES: [&str; 3] = ["/", "/review", ASSETS];

const ASSETS: &str = "/assets/{file}";

/// Own files alone, nothing inline, and no markup out of strings: text of a note that slipped into the page as markup
/// could neither act nor load anything.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

const EDITOR: &str = include_str!("assets/index.html");
const REVIEW: &str = include_str!("assets/review.html");

/// The files below `/assets/`, by name. The pages look like the reports and take their style from the same files.
const FILES: &[(&str, &str, &str)] = &[
    ("base.css", STYLE, include_str!("../../render/html/base.css")),
    ("note.css", STYLE, include_str!("../../render/html/note.css")),
    ("page.css", STYLE, include_str!("assets/page.css")),
    ("editor.css", STYLE, include_str!("assets/editor.css")),
    ("review.css", STYLE, include_str!("assets/review.css")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("agreement.js", SCRIPT, include_str!("assets/agreement.js")),
    ("api.js", SCRIPT, include_str!("assets/api.js")),
    ("change.js", SCRIPT, include_str!("assets/change.js")),
    ("checklist.js", SCRIPT, include_str!("assets/checklist.js")),
    ("coding.js", SCRIPT, include_str!("assets/coding.js")),
    ("dialogs.js", SCRIPT, include_str!("assets/dialogs.js")),
    ("dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("editor.js", SCRIPT, include_str!("assets/editor.js")),
    ("inspector.js", SCRIPT, include_str!("assets/inspector.js")),
    ("layer.js", SCRIPT, include_str!("assets/layer.js")),
    ("live.js", SCRIPT, include_str!("assets/live.js")),
    ("marks.js", SCRIPT, include_str!("assets/marks.js")),
    ("open.js", SCRIPT, include_str!("assets/open.js")),
    ("overview.js", SCRIPT, include_str!("assets/overview.js")),
    ("paper.js", SCRIPT, include_str!("assets/paper.js")),
    ("review.js", SCRIPT, include_str!("assets/review.js")),
    ("text.js", SCRIPT, include_str!("assets/text.js")),
    ("verdicts.js", SCRIPT, include_str!("assets/verdicts.js")),
    ("words.js", SCRIPT, include_str!("assets/words.js")),
];

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/", get(async || served(HTML, EDITOR)))
        .route("/review", get(async || served(HTML, REVIEW)))
        .route(ASSETS, get(async |Path(file): Path<String>| asset(&file)))
}

fn asset(name: &str) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, media, text)) => served(media, text),
        None => Problem::new(StatusCode::NOT_FOUND, "no-such-route", "there is nothing here").into_response(),
    }
}

fn served(media: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, text).into_response()
}
