use std::time::Duration;

/// A line of the table: the same thing measured for both crates.
#[derive(Clone)]
pub struct Row {
    what: String,
    ours: String,
    official: String,
    ratio: Option<f64>,
    goal: Option<(String, bool)>,
}

impl Row {
    /// A line without figures.
    pub fn new(what: impl Into<String>) -> Self {
        let none = || String::from("-");
        Self { what: what.into(), ours: none(), official: none(), ratio: None, goal: None }
    }

    /// What ours came to, in words.
    pub fn ours(mut self, text: impl Into<String>) -> Self {
        self.ours = text.into();
        self
    }

    /// What the official crate came to, in words.
    pub fn official(mut self, text: impl Into<String>) -> Self {
        self.official = text.into();
        self
    }

    /// Both as times in nanoseconds, and their ratio.
    pub fn times(self, ours: f64, official: f64) -> Self {
        self.ours(time(ours)).official(time(official)).ratio(ours / official)
    }

    /// Both as numbers.
    pub fn counts(self, ours: usize, official: usize) -> Self {
        self.ours(ours.to_string()).official(official.to_string())
    }

    /// A ratio of the two, or of what the line is about.
    pub fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = Some(ratio);
        self
    }

    /// The ratio must not be larger.
    pub fn at_most(self, limit: f64) -> Self {
        let met = self.ratio.is_some_and(|ratio| ratio <= limit);
        self.goal(format!("at most {limit}"), met)
    }

    /// The ratio must not be smaller.
    pub fn at_least(self, limit: f64) -> Self {
        let met = self.ratio.is_some_and(|ratio| ratio >= limit);
        self.goal(format!("at least {limit}"), met)
    }

    /// Any other goal.
    pub fn goal(mut self, goal: impl Into<String>, met: bool) -> Self {
        self.goal = Some((goal.into(), met));
        self
    }

    /// Prints it for `cargo xtask bench`: fields between tabs.
    pub fn print(self) {
        let digits = |ratio: f64| if ratio < 0.1 { 3 } else { 2 };
        let ratio = self
            .ratio
            .map_or_else(|| "-".into(), |ratio| format!("{ratio:.digits$}", digits = digits(ratio)));
        let (goal, verdict) = match self.goal {
            Some((goal, met)) => (goal, if met { "met" } else { "MISSED" }),
            None => ("-".into(), "-"),
        };
        println!("row\t{}\t{}\t{}\t{ratio}\t{goal}\t{verdict}", self.what, self.ours, self.official);
    }
}

/// A time for people.
pub fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e4 => format!("{ns:.0} ns"),
        ns if ns < 1e7 => format!("{:.0} us", ns / 1e3),
        ns if ns < 1e10 => format!("{:.0} ms", ns / 1e6),
        ns => format!("{:.1} s", ns / 1e9),
    }
}

/// A time for people.
pub fn duration(duration: Duration) -> String {
    time(duration.as_nanos() as f64)
}
