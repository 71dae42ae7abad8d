use serde::{Deserialize, Serialize};

/// How much anybody may ask for. A bucket holds a burst and fills again by so many a minute; a
/// burst of 0 switches its limit off. All instances that share a Redis share the buckets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limit {
    /// Sign-ins in a row that may fail for one user name; those that succeed do not count.
    pub sign_in_burst: u32,
    /// Further ones a minute.
    pub sign_in_per_minute: u32,
    /// Sign-ins in a row that may fail from one client address (IPv6: one /64): a whole clinic may
    /// stand behind it.
    pub address_burst: u32,
    /// Further ones a minute.
    pub address_per_minute: u32,
    /// Files that one person or token may send at once.
    pub upload_burst: u32,
    /// Further ones a minute.
    pub upload_per_minute: u32,
    /// Requests of one person or token at once; a page is one to a few.
    pub read_burst: u32,
    /// Further ones a minute.
    pub read_per_minute: u32,
    /// Answers that are dear to make (page images, originals, imports, exports) at once.
    pub report_burst: u32,
    /// Further ones a minute.
    pub report_per_minute: u32,
    /// Requests about people, rights and tokens at once.
    pub admin_burst: u32,
    /// Further ones a minute.
    pub admin_per_minute: u32,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            sign_in_burst: 5,
            sign_in_per_minute: 1,
            address_burst: 100,
            address_per_minute: 20,
            upload_burst: 100,
            upload_per_minute: 60,
            read_burst: 1200,
            read_per_minute: 1200,
            report_burst: 300,
            report_per_minute: 120,
            admin_burst: 120,
            admin_per_minute: 60,
        }
    }
}
