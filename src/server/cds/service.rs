//! The service without its transport: bodies in, cards out.

use super::advice::{self, Call};
use super::documents::{self, Gathered};
use super::{Auth, AuthFault, CdsError, Config, Discovery, Feedback, Hook, Request, Response};
use crate::check::Engine;
use crate::report::v1::Report;

/// Answers the calls of CDS Hooks.
#[derive(Debug)]
pub struct Cds {
    config: Config,
}

/// A request whose notes have been read.
pub struct Prepared {
    request: Request,
    gathered: Gathered,
}

impl Prepared {
    /// The hook that was called.
    pub fn hook(&self) -> Hook {
        self.request.hook
    }
}

impl Cds {
    /// A service as configured.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// The services that there are.
    pub fn discovery(&self) -> Discovery {
        Discovery::of(&self.config.hooks)
    }

    /// Whether any FHIR server may be read, so that reading a request may take time.
    pub fn reads_servers(&self) -> bool {
        !self.config.servers.is_empty()
    }

    /// The hook of a service.
    ///
    /// # Errors
    /// There is no such service, or it is switched off.
    pub fn hook(&self, service: &str) -> Result<Hook, CdsError> {
        self.config.hooks.iter().copied().find(|h| h.service() == service).ok_or(CdsError::UnknownService)
    }

    /// Who calls, where clients are known: the issuer of the token. `path` is that of the call, `now` in seconds since 1970.
    ///
    /// # Errors
    /// What [`AuthFault`] says.
    pub fn caller(&self, header: Option<&str>, path: &str, now: u64) -> Result<Option<&str>, AuthFault> {
        let auth: &Auth = &self.config.auth;
        if !auth.is_needed() {
            return Ok(None);
        }
        let url = self.config.public_url.as_deref().unwrap_or_default();
        auth.check(header, &format!("{url}{path}"), now).map(Some)
    }

    /// Whether clients have to show who they are.
    pub fn knows_clients(&self) -> bool {
        self.config.auth.is_needed()
    }

    /// Reads a request and its notes. Blocks where it reads from a FHIR server.
    ///
    /// # Errors
    /// What [`CdsError`] says.
    pub fn prepare(&self, hook: Hook, body: &[u8]) -> Result<Prepared, CdsError> {
        let mut request = Request::parse(hook, body)?;
        let gathered = documents::gather(&mut request, &self.config.servers)?;
        Ok(Prepared { request, gathered })
    }

    /// Checks the notes of a request and makes the cards; gives the reports of the notes that were checked as well. No IO.
    ///
    /// # Errors
    /// A classifier that failed.
    pub fn answer(&self, engine: &Engine, prepared: Prepared) -> Result<(Response, Vec<Report>), CdsError> {
        let Prepared { request, gathered } = prepared;
        let call = Call { hook: request.hook, instance: request.instance, context: &request.context };
        let (cards, reports) = advice::cards(engine, &call, gathered)?;
        Ok((Response { cards }, reports))
    }

    /// Stores what users did with cards. `received` is the time of the call, `client` who called.
    ///
    /// # Errors
    /// The body is wrong, there is nowhere to store it, or it could not be stored.
    pub fn feedback(&self, hook: Hook, body: &[u8], client: &str, received: &str) -> Result<(), CdsError> {
        let store = self.config.feedback.as_ref().ok_or(CdsError::NoFeedback)?;
        let entries = Feedback::parse(body)?;
        store.append(hook.service(), client, received, &entries)
    }
}
