//! The service without its transport: bodies in, cards out.

use super::advice::{self, Call};
use super::documents::{self, Gathered};
use super::{Auth, AuthFault, CdsError, Config, Discovery, Feedback, Hook, Request, Response};
use crate::check::Engine;

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

impl Cds {
    /// A service as configured.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// The services that there are.
    pub fn discovery(&self) -> Discovery {
        Discovery::of(&self.config.hooks)
    }

    /// The origins of pages that may call.
    pub fn origins(&self) -> &[String] {
        &self.config.origins
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
        auth.check(header, &format!("{}{path}", self.config.public_url), now).map(Some)
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

    /// Checks the notes of a request and makes the cards. No IO.
    ///
    /// # Errors
    /// A classifier that failed.
    pub fn answer(&self, engine: &Engine, prepared: Prepared) -> Result<Response, CdsError> {
        let Prepared { request, gathered } = prepared;
        let call = Call { hook: request.hook, instance: request.instance, context: &request.context };
        Ok(Response { cards: advice::cards(engine, &call, gathered)? })
    }

    /// Stores what users did with cards. `received` is the time of the call, `client` who called.
    ///
    /// # Errors
    /// The body is wrong, there is nowhere to store it, or it could not be stored.
    pub fn feedback(
        &self,
        hook: Hook,
        body: &[u8],
        client: Option<&str>,
        received: &str,
    ) -> Result<(), CdsError> {
        let store = self.config.feedback.as_ref().ok_or(CdsError::NoFeedback)?;
        let entries = Feedback::parse(body)?;
        store.append(hook.service(), client, received, &entries)
    }
}
