//! Binding, accepting, and stopping without cutting anybody off.

use super::state::AppState;
use super::{ServeError, api};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// A service that is bound and answers once [`Service::run`] is called.
pub struct Service {
    state: Arc<AppState>,
    listener: TcpListener,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

/// Binds the address of the configuration; port 0 takes any that is free.
///
/// # Errors
/// The address cannot be bound.
pub fn bind(state: Arc<AppState>) -> Result<Service, ServeError> {
    let listen = state.config.listen;
    let failed = |source| ServeError::Bind { listen, source };
    let listener = TcpListener::bind(listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Service { state, listener, address, handle: Handle::new() })
}

impl Service {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &'static str {
        if self.state.config.tls.is_some() { "https" } else { "http" }
    }

    /// Answers until `stop` is done, then lets requests that have begun finish within the time of the limits.
    ///
    /// # Errors
    /// Certificate or key cannot be used, or the threads cannot be started.
    pub fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("serve")
            .enable_all()
            .build()?;
        let done = runtime.block_on(self.serve(stop));
        // Streams that nobody reads must not keep the process.
        runtime.shutdown_background();
        done
    }

    async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let Self { state, listener, handle, .. } = self;
        let limits = state.config.limits.clone();
        let app = api::router(state.clone()).into_make_service();
        let (stopper, stopped) = (handle.clone(), state.clone());
        tokio::spawn(async move {
            stop.await;
            stopped.stop();
            stopper.graceful_shutdown(Some(limits.stop_time));
        });
        let head_time = state.config.limits.head_time;
        let tls = match &state.config.tls {
            None => None,
            Some(tls) => {
                let failed = |source| ServeError::Tls { path: tls.certificate.clone(), source };
                Some(RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await.map_err(failed)?)
            }
        };
        match tls {
            None => {
                let mut server = axum_server::from_tcp(listener)?.handle(handle);
                // A client that sends its head a byte a minute holds no connection for long.
                server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(head_time);
                server.serve(app).await?;
            }
            Some(tls) => {
                let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
                server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(head_time);
                server.serve(app).await?;
            }
        }
        Ok(())
    }
}
