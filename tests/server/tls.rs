//! TLS with a certificate made for the test.

use super::support::{BACK, ENGINE, SOON, local, raw, service};
use chartgap::server::{AppState, ServeError, Tls, bind};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A directory with certificate and key, and the certificate as a client trusts it.
fn made() -> (TempDir, Tls, CertificateDer<'static>) {
    let dir = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = Tls { certificate: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
    fs::write(&tls.certificate, cert.pem()).unwrap();
    fs::write(&tls.key, signing_key.serialize_pem()).unwrap();
    (dir, tls, cert.der().clone())
}

async fn exchange(
    address: SocketAddr,
    trusted: CertificateDer<'static>,
    request: &[u8],
) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(address).await?;
    let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut answer)).await.expect("an answer in time");
    match read {
        Err(e) if answer.is_empty() => Err(e),
        _ => Ok(String::from_utf8(answer).unwrap()),
    }
}

#[tokio::test]
async fn notes_go_over_tls() {
    let (_dir, tls, certificate) = made();
    let service = service(|c| c.tls = Some(tls));
    let request = raw("POST", "/v1/check", "content-type: text/plain\r\n", BACK.as_bytes());
    let answer = exchange(service.address, certificate, &request).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("chartgap.report/1"), "{answer}");
    // Another certificate is another service.
    let (_other, _, foreign) = made();
    assert!(exchange(service.address, foreign, &request).await.is_err());
    // Words that are not encrypted are not answered, and nobody holds a connection by saying nothing.
    let plain = tokio::task::spawn_blocking(move || (service.exchange(&request), service)).await.unwrap();
    assert!(!plain.0.contains("HTTP/1.1"), "{}", plain.0);
}

#[test]
fn a_handshake_that_does_not_come_in_time() {
    use std::io::Read;
    let (_dir, tls, _) = made();
    let service = service(|c| {
        c.tls = Some(tls);
        c.limits.head_time = Duration::from_millis(300);
    });
    let mut silent = service.connect();
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest);
    assert!(rest.is_empty());
}

#[test]
fn a_certificate_and_key_that_do_not_do() {
    let (dir, good, _) = made();
    let other = dir.path().join("other.pem");
    fs::write(&other, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let text = dir.path().join("text.pem");
    fs::write(&text, "zyzzyva").unwrap();
    let missing = dir.path().join("missing.pem");
    let certificate = |path: &Path| Tls { certificate: path.to_owned(), key: good.key.clone() };
    let key = |path: &Path| Tls { certificate: good.certificate.clone(), key: path.to_owned() };
    for tls in [certificate(&missing), certificate(&text), key(&missing), key(&text), key(&other)] {
        let told = format!("{tls:?}");
        let state =
            AppState::new(ENGINE.clone(), local(|c| c.tls = Some(tls)), Box::new(io::sink())).unwrap();
        let error = bind(state).unwrap().run(std::future::pending()).unwrap_err();
        assert!(matches!(error, ServeError::Tls { .. }), "{told}: {error}");
        assert!(!error.to_string().contains("zyzzyva"), "{error}");
    }
}
