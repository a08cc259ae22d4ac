//! The routes over a socket: statuses, headers, who is let in, and what the log never holds.

use crate::made::*;
use chartgap::check::{Engine, EngineOptions};
use chartgap::server::{AppState, Config, Secret, bind};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use tempfile::TempDir;
use ureq::http::Response;

static ENGINE: LazyLock<Arc<Engine>> =
    LazyLock::new(|| Arc::new(Engine::load(&EngineOptions::default()).unwrap()));

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Served {
    url: String,
    log: Log,
    state: Arc<AppState>,
    agent: ureq::Agent,
    dir: TempDir,
}

impl Served {
    fn new(cds: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::local("127.0.0.1:0".parse().unwrap());
        config.cds = cds.map(|text| {
            let file: PathBuf = dir.path().join("cds.toml");
            std::fs::write(&file, text).unwrap();
            file
        });
        change(&mut config);
        let log = Log::default();
        let state = AppState::new(ENGINE.clone(), config, Box::new(log.clone())).unwrap();
        let service = bind(state.clone()).unwrap();
        let url = format!("http://{}", service.address());
        std::thread::spawn(move || service.run(std::future::pending()));
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
        Self { url, log, state, agent, dir }
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (Response<()>, Value) {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send(body).unwrap())
    }

    fn json(&self, path: &str, body: &Value) -> (Response<()>, Value) {
        self.post(path, &[("content-type", "application/json")], &body.to_string())
    }

    fn log(&self) -> String {
        self.state.flush();
        String::from_utf8(self.log.0.lock().unwrap().clone()).unwrap()
    }
}

fn read(response: Response<ureq::Body>) -> (Response<()>, Value) {
    let (parts, mut body) = response.into_parts();
    let text = body.read_to_string().unwrap();
    (Response::from_parts(parts, ()), serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn header<'r>(response: &'r Response<()>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |v| v.to_str().unwrap())
}

const SIGN: &str = "/cds-services/chartgap-order-sign";

fn request() -> Value {
    signing(&[order("64493", Some("M53.86"))], &[document(BACK, "2026-02-11")])
}

#[test]
fn a_call_from_discovery_to_feedback() {
    let served = Served::new(Some("feedback = \"feedback.jsonl\""), |_| {});
    let (response, discovery) =
        read(served.agent.get(format!("{}/cds-services", served.url)).call().unwrap());
    assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, "application/json"));
    assert_valid("Discovery", &discovery);
    let id = discovery["services"][0]["id"].as_str().unwrap();
    let (response, answer) = served.json(&format!("/cds-services/{id}"), &request());
    assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, "application/json"));
    assert_valid("Response", &answer);
    let (cds, _dir) = service("");
    assert_eq!(answer, crate::made::answer(&cds, &request()).unwrap(), "as without a socket");
    let card = &answer["cards"][0];
    let feedback = json!({ "feedback": [{
        "card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": "2026-02-11T09:30:00Z",
        "acceptedSuggestions": [{ "id": card["suggestions"][0]["uuid"] }],
    }] });
    let (response, body) = served.json(&format!("/cds-services/{id}/feedback"), &feedback);
    assert_eq!((response.status().as_u16(), body), (200, Value::Null));
    let line = std::fs::read_to_string(served.dir.path().join("feedback.jsonl")).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["card"], &line["client"]), (&card["uuid"], &json!("local")));
}

#[test]
fn errors_are_problems_with_a_code() {
    let served = Served::new(None, |c| c.limits.body_bytes = 1 << 16);
    let mut none = request();
    none.as_object_mut().unwrap().remove("prefetch");
    let mut other = request();
    other["hook"] = json!("patient-view");
    // Small enough to be on its way before it is refused: a client whose sending breaks off does not read the answer.
    let large = json!({ "hook": "x".repeat(80_000) });
    for (path, body, status, code) in [
        (SIGN, &none, 412, "missing-prefetch"),
        (SIGN, &other, 400, "wrong-hook"),
        (SIGN, &json!({}), 400, "missing-field"),
        (SIGN, &large, 413, "body-too-large"),
        ("/cds-services/zyzzyva", &request(), 404, "unknown-service"),
        ("/cds-services/chartgap-patient-view", &request(), 404, "unknown-service"),
        ("/cds-services/chartgap-order-sign/feedback", &json!({}), 404, "no-feedback"),
    ] {
        let (response, problem) = served.json(path, body);
        assert_eq!(
            (response.status().as_u16(), &problem["code"]),
            (status, &json!(code)),
            "{path}: {problem}"
        );
        assert_eq!(header(&response, "content-type"), "application/problem+json");
    }
    let (response, problem) = served.post(SIGN, &[("content-type", "text/plain")], &request().to_string());
    assert_eq!((response.status().as_u16(), &problem["code"]), (415, &json!("unsupported-type")));
    let (response, problem) = served.post(SIGN, &[("content-type", "application/json")], "zyzzyva");
    assert_eq!((response.status().as_u16(), &problem["code"]), (400, &json!("invalid-json")));
}

#[test]
fn clients_that_are_known_sign_each_call() {
    let client = crate::auth::Client::new();
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys.json");
    std::fs::write(&keys, json!({ "keys": [client.jwk("k1")] }).to_string()).unwrap();
    let text = format!(
        "public-url = \"{PUBLIC}\"\nfeedback = \"f.jsonl\"\n[[client]]\nissuer = \"https://ehr.example.org\"\nkeys = {keys:?}"
    );
    let token = "0123456789abcdef";
    let served = Served::new(Some(&text), |c| c.access.token = Secret::new(token));
    let call = |path: &str, bearer: Option<&str>| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.map(|b| ("authorization", b)));
        let (response, body) = served.post(path, &headers, &request().to_string());
        (response.status().as_u16(), header(&response, "www-authenticate").to_owned(), body["code"].clone())
    };
    let refused = |code: &str| (401, "Bearer".to_owned(), json!(code));
    assert_eq!(call(SIGN, None), refused("token-missing"));
    // the token of the other routes is no token here
    assert_eq!(call(SIGN, Some(&format!("Bearer {token}"))), refused("token-malformed"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let signed = |path: &str, id: &str| client.token(&format!("{PUBLIC}{path}"), id, now);
    let good = signed(SIGN, "1");
    assert_eq!(call(SIGN, Some(&good)).0, 200);
    assert_eq!(call(SIGN, Some(&good)), refused("token-replayed"));
    assert_eq!(call(&format!("{SIGN}/feedback"), Some(&signed(SIGN, "2"))), refused("token-audience"));
    // a stranger is not told what there is
    assert_eq!(call("/cds-services/zyzzyva", None), refused("token-missing"));
    assert_eq!(call("/fhir/$chartgap-check", Some(&signed(SIGN, "3"))).0, 401, "asks for the other token");
    let open = served.agent.get(format!("{}/cds-services", served.url)).call().unwrap();
    assert_eq!(open.status(), 200);
    let feedback = format!("{SIGN}/feedback");
    let body = json!({ "feedback": [{
        "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719", "outcome": "overridden", "outcomeTimestamp": "2026-02-11T09:30:00Z",
    }] });
    let bearer = signed(&feedback, "4");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    assert_eq!(served.post(&feedback, &headers, &body.to_string()).0.status(), 200);
    let line = std::fs::read_to_string(served.dir.path().join("f.jsonl")).unwrap();
    assert!(line.contains("\"client\":\"https://ehr.example.org\""), "{line}");
    let log = served.log();
    assert!(log.contains("token-replayed") && !log.contains("eyJ"), "{log}");
}

#[test]
fn pages_of_named_origins_may_ask() {
    const PAGE: &str = "https://sandbox.example.org";
    let served = Served::new(None, |c| c.access.origins = vec![PAGE.to_owned()]);
    let headers = |origin| [("content-type", "application/json"), ("origin", origin)];
    let (response, _) = served.post(SIGN, &headers(PAGE), &request().to_string());
    assert_eq!((response.status().as_u16(), header(&response, "access-control-allow-origin")), (200, PAGE));
    let (response, problem) = served.post(SIGN, &headers("https://evil.example"), &request().to_string());
    assert_eq!((response.status().as_u16(), &problem["code"]), (403, &json!("foreign-origin")));
    assert_eq!(header(&response, "access-control-allow-origin"), "");
}

#[test]
fn the_operation_gives_the_bundle() {
    let served = Served::new(None, |_| {});
    let fhir = |body: &Value| {
        served.post("/fhir/$chartgap-check", &[("content-type", "application/fhir+json")], &body.to_string())
    };
    let parameters = |list: Value| json!({ "resourceType": "Parameters", "parameter": list });
    let of = |bundle: &Value, kind: &str| {
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries.filter(|e| e["resource"]["resourceType"] == kind).count()
    };
    for (body, notes, unread) in [
        (document(BACK, "2026-02-11"), 1, 0),
        (bundle(&[document(BACK, "2026-02-11"), document(THROAT, "2026-02-12")]), 2, 0),
        (
            parameters(json!([
                { "name": "text", "valueString": BACK },
                { "name": "text", "valueString": " " },
                { "name": "resource", "resource": document(BACK, "2026-02-11") },
                { "name": "procedure", "valueCode": "64493" },
                { "name": "code", "valueString": "M53.86" },
            ])),
            2,
            1,
        ),
    ] {
        let (response, found) = fhir(&body);
        assert_eq!(
            (response.status().as_u16(), header(&response, "content-type")),
            (200, "application/fhir+json")
        );
        assert_eq!(found["resourceType"], "Bundle");
        let counts = ["Device", "GuidanceResponse", "Provenance", "OperationOutcome"].map(|k| of(&found, k));
        assert_eq!(counts, [1, notes, notes, unread], "{found:#}");
    }
    let (_, found) = fhir(&parameters(json!([
        { "name": "text", "valueString": BACK }, { "name": "procedure", "valueCode": "64493" },
    ])));
    assert!(found.to_string().contains("urn:chartgap:procedure-element"));
    for (body, status, code) in [
        (json!({ "resourceType": "Patient", "id": "zyzzyva" }), 422, "no-notes"),
        (json!({ "zyzzyva": 1 }), 422, "missing-field"),
        (json!([]), 422, "missing-field"),
        (parameters(json!([])), 422, "no-notes"),
        (parameters(json!("zyzzyva")), 422, "missing-field"),
        (parameters(json!([{ "name": "zyzzyva", "valueString": "x" }])), 400, "invalid-parameter"),
        (parameters(json!([{ "name": "text", "valueInteger": 1 }])), 400, "invalid-parameter"),
        (
            parameters(json!([{ "name": "procedure", "valueString": "zyzzyva zyzzyva" }])),
            400,
            "invalid-parameter",
        ),
        (parameters(json!([{ "name": "text", "valueString": " " }])), 422, "empty"),
    ] {
        let (response, outcome) = fhir(&body);
        assert_eq!(response.status().as_u16(), status, "{body}: {outcome}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code);
        assert!(!outcome.to_string().contains("zyzzyva"), "{outcome}");
    }
    let (response, outcome) =
        served.post("/fhir/$chartgap-check", &[("content-type", "application/fhir+json")], "{\"zyzzyva");
    assert_eq!((response.status().as_u16(), &outcome["issue"][0]["code"]), (400, &json!("invalid")));
}

#[test]
fn nothing_of_a_request_gets_into_the_log_or_an_error() {
    const CANARY: &str = "zyzzyva";
    let served = Served::new(Some("feedback = \"f.jsonl\""), |_| {});
    let note = format!(
        "HPI: {CANARY} has had low back pain for 14 months.\nASSESSMENT: Rigid lumbar spine, {CANARY}.\n"
    );
    let mut good = signing(&[order("64493", Some("M53.86"))], &[document(&note, "2026-02-11")]);
    good["context"]["patientId"] = json!(CANARY);
    good["prefetch"]["notes"]["entry"][0]["resource"]["subject"]["reference"] =
        json!(format!("Patient/{CANARY}"));
    good["fhirServer"] = json!(format!("https://{CANARY}.example.org"));
    good["fhirAuthorization"] = json!({
        "access_token": CANARY, "token_type": "Bearer", "expires_in": 1, "scope": CANARY, "subject": CANARY,
    });
    let (response, answer) = served.json(SIGN, &good);
    assert_eq!(response.status(), 200, "{answer}");
    assert!(answer.to_string().contains(CANARY), "the detail quotes the note");
    for pointer in [
        "/hook",
        "/hookInstance",
        "/context",
        "/context/userId",
        "/context/draftOrders",
        "/prefetch",
        "/prefetch/notes",
    ] {
        for value in
            [json!(CANARY), json!([CANARY]), json!({ CANARY: CANARY }), json!({ "resourceType": CANARY })]
        {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            let (response, problem) = served.json(SIGN, &bad);
            assert!(response.status().is_client_error(), "{pointer}: {problem}");
            assert!(!problem.to_string().contains(CANARY), "{problem}");
        }
    }
    let bearer = format!("Bearer {CANARY}");
    let headers =
        [("content-type", "application/json"), ("authorization", bearer.as_str()), ("x-request-id", CANARY)];
    served.post(SIGN, &headers, &format!("{{\"{CANARY}"));
    served.json(&format!("/cds-services/{CANARY}?{CANARY}"), &good);
    served.json(&format!("{SIGN}/feedback"), &json!({ "feedback": [{ "card": CANARY }] }));
    let log = served.log();
    assert!(log.lines().count() > 30 && log.contains("wrong-hook"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
}
