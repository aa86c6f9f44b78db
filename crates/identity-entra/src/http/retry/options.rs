use std::time::Duration;

/// How patient the program is with servers. The defaults are those of the Azure SDKs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryOptions {
    max_retries: u32,
    base_delay: Duration,
    max_delay: Duration,
    total_time: Duration,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            max_retries: 3,
            base_delay: Duration::from_millis(800),
            max_delay: Duration::from_secs(120),
            total_time: Duration::from_secs(60),
        }
    }
}

impl RetryOptions {
    /// How often a request is tried again at most, counted for each sort of failure: refusals by status, failed connections, interrupted answers.
    /// The default is 3; 0 turns retries off.
    pub fn with_max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// What delays start from: the first retry comes at once, the next after twice this, and then it doubles. The default is 0.8 s.
    pub fn with_base_delay(mut self, base_delay: Duration) -> Self {
        self.base_delay = base_delay;
        self
    }

    /// The longest delay of our own making; a server may ask for a longer one. The default is 120 s.
    pub fn with_max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = max_delay;
        self
    }

    /// The time for all tries and the delays between them. A delay that does not fit ends it at once. The default is 60 s.
    pub fn with_total_time(mut self, total_time: Duration) -> Self {
        self.total_time = total_time;
        self
    }

    /// How often a request is tried again at most.
    pub fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// What delays start from.
    pub fn base_delay(&self) -> Duration {
        self.base_delay
    }

    /// The longest delay of our own making.
    pub fn max_delay(&self) -> Duration {
        self.max_delay
    }

    /// The time for all tries.
    pub fn total_time(&self) -> Duration {
        self.total_time
    }
}
