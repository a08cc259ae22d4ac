//! The file that switches CDS Hooks on: which hooks, for whom, and what may be read.

use super::access::{BaseUrl, Servers};
use super::jwks::{Keys, KeysError};
use super::{Auth, FeedbackStore, Hook};
use crate::datafile::{self, DataError};
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, PemItem, parse_pem};

/// What the service of CDS Hooks is told when it starts. By default it answers the default hooks by what is prefetched.
#[derive(Debug)]
pub struct Config {
    /// The URL that clients call the server by, without a slash at its end; given where clients are known.
    pub(super) public_url: Option<String>,
    pub(super) hooks: Vec<Hook>,
    pub(super) auth: Auth,
    pub(super) feedback: Option<FeedbackStore>,
    pub(super) servers: Servers,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not the TOML that is expected, or a value that makes no sense.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file that cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The keys of a client.
    #[error("{}: {source}", file.display())]
    Keys {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: KeysError,
    },
    /// Certificates that are none.
    #[error("{}: no certificates in PEM form", .0.display())]
    Certificates(PathBuf),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    public_url: Option<String>,
    #[serde(default)]
    hooks: Option<Vec<String>>,
    #[serde(default)]
    feedback: Option<PathBuf>,
    #[serde(default)]
    client: Vec<ClientEntry>,
    #[serde(default)]
    fhir_server: Vec<ServerEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ClientEntry {
    issuer: String,
    keys: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServerEntry {
    url: String,
    /// Certificates that the server's own must rest on.
    #[serde(default)]
    certificates: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: None,
            hooks: Hook::DEFAULT.to_vec(),
            auth: Auth::default(),
            feedback: None,
            servers: Servers::default(),
        }
    }
}

impl Config {
    /// Reads a file, and the files that it names; their paths start at its folder.
    ///
    /// # Errors
    /// What [`ConfigError`] says.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Io { file: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::from_toml(&path.display().to_string(), &text, folder)
    }

    /// Reads the text of a file; `file` is what errors call it, `folder` where the paths in it start.
    ///
    /// # Errors
    /// What [`ConfigError`] says.
    pub fn from_toml(file: &str, text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let read: File = datafile::read(file, text)?;
        let refuse = |value: &str, problem: String| -> ConfigError {
            datafile::refuse(file, text, datafile::quoted(text, 0, value), problem).into()
        };
        if let Some(url) = read.public_url.as_deref().filter(|url| BaseUrl::parse(url).is_none()) {
            let problem = "public-url must be the http or https URL that clients call".to_owned();
            return Err(refuse(url, problem));
        }
        if let (None, Some(client)) = (&read.public_url, read.client.first()) {
            let problem = "a client needs public-url, the URL that its tokens are made for".to_owned();
            return Err(refuse(&client.issuer, problem));
        }
        Ok(Self {
            public_url: read.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            hooks: hooks(read.hooks, &refuse)?,
            auth: auth(read.client, folder, &refuse)?,
            feedback: feedback(read.feedback, folder)?,
            servers: servers(read.fhir_server, folder, &refuse)?,
        })
    }
}

type Refuse<'a> = &'a dyn Fn(&str, String) -> ConfigError;

fn hooks(named: Option<Vec<String>>, refuse: Refuse<'_>) -> Result<Vec<Hook>, ConfigError> {
    let Some(named) = named else { return Ok(Hook::DEFAULT.to_vec()) };
    let mut hooks = Vec::new();
    for name in &named {
        let known = || Hook::ALL.map(Hook::name).join(", ");
        let hook = Hook::named(name)
            .ok_or_else(|| refuse(name, format!("no such hook `{name}`; there are {}", known())))?;
        if hooks.contains(&hook) {
            return Err(refuse(name, format!("the hook `{name}` stands twice")));
        }
        hooks.push(hook);
    }
    hooks.sort();
    Ok(hooks)
}

fn auth(clients: Vec<ClientEntry>, folder: &Path, refuse: Refuse<'_>) -> Result<Auth, ConfigError> {
    let mut auth = Auth::default();
    for client in clients {
        let file = folder.join(&client.keys);
        let text = std::fs::read_to_string(&file)
            .map_err(|source| ConfigError::Io { file: file.clone(), source })?;
        let keys = Keys::from_json(&text).map_err(|source| ConfigError::Keys { file, source })?;
        if client.issuer.is_empty() || !auth.add(&client.issuer, keys) {
            return Err(refuse(&client.issuer, "an issuer stands once and is not empty".to_owned()));
        }
    }
    Ok(auth)
}

fn feedback(path: Option<PathBuf>, folder: &Path) -> Result<Option<FeedbackStore>, ConfigError> {
    let Some(path) = path else { return Ok(None) };
    let file = folder.join(path);
    match FeedbackStore::open(&file) {
        Ok(store) => Ok(Some(store)),
        Err(source) => Err(ConfigError::Io { file, source }),
    }
}

fn servers(entries: Vec<ServerEntry>, folder: &Path, refuse: Refuse<'_>) -> Result<Servers, ConfigError> {
    let mut servers = Servers::default();
    for entry in entries {
        let base = BaseUrl::parse(&entry.url).filter(BaseUrl::is_private).ok_or_else(|| {
            let problem = "url must be the https URL of a FHIR server; http is for this machine alone";
            refuse(&entry.url, problem.to_owned())
        })?;
        let roots = match entry.certificates {
            Some(path) => certificates(&folder.join(path))?,
            None if base.is_https() => {
                let problem = "certificates must name the PEM file with the authorities that the server's certificate rests on, as `/etc/ssl/certs/ca-certificates.crt`";
                return Err(refuse(&entry.url, problem.to_owned()));
            }
            None => Vec::new(),
        };
        servers.add(base, &roots);
    }
    Ok(servers)
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, ConfigError> {
    let pem = std::fs::read(file).map_err(|source| ConfigError::Io { file: file.to_owned(), source })?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(ConfigError::Certificates(file.to_owned())),
        }
    }
    if found.is_empty() { Err(ConfigError::Certificates(file.to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("empty.json"), "{\"keys\": []}").unwrap();
        let read = Config::from_toml("cds.toml", text, dir.path());
        read.unwrap_err().to_string().replace(&dir.path().display().to_string(), "DIR")
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            (
                "[[client]]\nissuer = \"i\"\nkeys = \"empty.json\"",
                "cds.toml:2: a client needs public-url, the URL that its tokens are made for",
            ),
            ("public-url = \"x\"", "cds.toml:1: public-url must be the http or https URL that clients call"),
            (
                "public-url = \"https://a.b\"\nhooks = [\"order-sing\"]",
                "cds.toml:2: no such hook `order-sing`; there are order-sign, encounter-discharge, patient-view",
            ),
            (
                "public-url = \"https://a.b\"\n[[client]]\nissuer = \"i\"\nkeys = \"empty.json\"",
                "DIR/empty.json: no key that signs by ES384 (kty EC, crv P-384) or RS384 (kty RSA, 2048 bits or more)",
            ),
            (
                "public-url = \"https://a.b\"\n[[fhir-server]]\nurl = \"http://ehr.example.org\"",
                "cds.toml:3: url must be the https URL of a FHIR server; http is for this machine alone",
            ),
            (
                "public-url = \"https://a.b\"\n[[fhir-server]]\nurl = \"https://c.d\"\ncertificates = \"empty.json\"",
                "DIR/empty.json: no certificates in PEM form",
            ),
        ] {
            assert_eq!(fault(text), expected, "{text}");
        }
        assert!(fault("public-url = \"https://a.b\"\nhook = []").contains("unknown field `hook`"));
        assert!(
            fault("public-url = \"https://a.b\"\n[[client]]\nissuer = \"i\"\nkeys = \"gone\"")
                .starts_with("DIR/gone: ")
        );
    }

    #[test]
    fn the_least_that_has_to_be_said() {
        let config = Config::from_toml("cds.toml", "public-url = \"https://a.b/\"", Path::new("")).unwrap();
        assert_eq!(config.public_url.as_deref(), Some("https://a.b"));
        assert_eq!(config.hooks, Hook::DEFAULT);
        assert!(!config.auth.is_needed() && config.feedback.is_none());
    }
}
