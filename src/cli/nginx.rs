//! `nginx`: what the settings say of sizes and times, in the words of nginx.
//!
//! The two files that this writes are included by `nginx/nginx.conf`. Those of the repository are
//! written from the compiled defaults, and a test fails where they differ; whoever changes a setting
//! writes them anew with it.

use crate::config::Config;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Nginx {
    /// Folder that `upload.conf` and `limits.conf` are written to.
    folder: PathBuf,
}

/// Bytes of a form around its files.
const FORM: u64 = 1 << 20;

/// Seconds that nginx is more patient than the house, so that the house's own words come first.
const LONGER: u64 = 5;

/// Requests of one address under way at once: sixty people who each watch four documents.
const AT_ONCE: u64 = 256;

/// People at their full rate behind one address.
const BEHIND_ONE_ADDRESS: u64 = 3;

impl Nginx {
    pub fn run(&self, config: &Config) -> anyhow::Result<()> {
        std::fs::write(self.folder.join("upload.conf"), upload(config))?;
        std::fs::write(self.folder.join("limits.conf"), limits(config))?;
        Ok(())
    }
}

/// For a location that takes files.
fn upload(config: &Config) -> String {
    let upload = &config.upload;
    let size = upload.max_file_bytes.saturating_add(FORM);
    let idle = upload.idle.as_secs() + LONGER;
    // The house answers when the body has come: the store completes the last file, the database commits.
    let store = config.store.timeout * config.store.attempts;
    let answer = (store + config.db.wait + config.db.statement).as_secs() + LONGER;
    format!(
        "# Written by `fertidoc nginx` from the settings; not to be edited.\n\
         # upload.max_file_bytes, and 1 MiB for the form around the file.\n\
         client_max_body_size {size};\n\
         # upload.idle, and {LONGER} s.\n\
         client_body_timeout {idle}s;\n\
         proxy_send_timeout {idle}s;\n\
         # store.attempts times store.timeout, db.wait, db.statement, and {LONGER} s: the answer follows\n\
         # the end of the body, whose own limit (upload.total) is the house's.\n\
         proxy_read_timeout {answer}s;\n"
    )
}

/// For the whole of it: requests of one address, before the house looks who asks.
fn limits(config: &Config) -> String {
    let limit = &config.limit;
    if limit.read_burst == 0 {
        return "# Written by `fertidoc nginx`: limit.read_burst is 0, so nobody asks too often.\n"
            .into();
    }
    let rate = (u64::from(limit.read_per_minute) * BEHIND_ONE_ADDRESS)
        .div_ceil(60)
        .max(1);
    let burst = limit.read_burst;
    format!(
        "# Written by `fertidoc nginx` from the settings; not to be edited.\n\
         # limit.read_per_minute of {BEHIND_ONE_ADDRESS} people behind one address.\n\
         limit_req_zone $binary_remote_addr zone=requests:10m rate={rate}r/s;\n\
         # limit.read_burst.\n\
         limit_req zone=requests burst={burst} nodelay;\n\
         limit_conn_zone $binary_remote_addr zone=senders:10m;\n\
         limit_conn senders {AT_ONCE};\n"
    )
}
