//! Which cryptography TLS is spoken with: aws-lc-rs everywhere, as the object store's client brings
//! it along.

/// Says so to every library of the process; calling it again changes nothing.
pub fn choose_cryptography() {
    // An error says that it was chosen before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
