//! The server: interfaces over HTTP.

pub mod cds;
