//! The call that every request of a program makes: a token is there and good.

use crate::SCOPE;
use crate::endpoint::{Endpoint, Reply};
use crate::rounds::{at_once, block_on, least};
use crate::subject::Subject;
use crate::table::{Row, time};

const ROUNDS: usize = 3000;
const CALLS: u32 = 4000;

/// On one thread.
pub fn one_thread() -> Row {
    let [ours, official] = &warm();
    let times = least(ROUNDS, [&mut || ours.time(SCOPE, CALLS), &mut || official.time(SCOPE, CALLS / 4)]);
    Row::new("cached call").times(times[0], times[1]).at_most(0.2)
}

/// On two threads at once with one credential; and as a control with a credential each, which is as good as it can get.
pub fn two_threads() -> [Row; 2] {
    let ([ours, official], [ours_too, official_too]) = (&warm(), &warm());
    let together = |one: &Subject, other: &Subject, calls: u32| {
        let work = |subject: &Subject| block_on(subject.calls(SCOPE, calls));
        at_once(|| work(one), || work(other)) / f64::from(calls)
    };
    let few = CALLS / 4;
    let [shared, apart, official_shared, official_apart] = least(
        ROUNDS / 10,
        [
            &mut || together(ours, ours, 2 * CALLS),
            &mut || together(ours, ours_too, 2 * CALLS),
            &mut || together(official, official, few),
            &mut || together(official, official_too, few),
        ],
    );
    let both = |shared: f64, apart: f64| format!("{} (control {})", time(shared), time(apart));
    [
        Row::new("cached call, two threads, one credential").times(shared, official_shared),
        Row::new("the same: control / shared")
            .ours(both(shared, apart))
            .official(both(official_shared, official_apart))
            .ratio(apart / shared)
            .at_least(0.9),
    ]
}

fn warm() -> [Subject; 2] {
    let subjects = Subject::both(|| Endpoint::new(Reply::token(86_400)));
    let runtime = crate::rounds::runtime();
    for subject in &subjects {
        assert!(runtime.block_on(subject.call(SCOPE)), "the endpoint gives a token");
    }
    subjects
}
