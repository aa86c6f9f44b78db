//! Counts allocations and bytes, which takes an allocator that times had better not be measured with. Its group is `allocations`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use identity_bench::SCOPE;
use identity_bench::endpoint::{Endpoint, Reply};
use identity_bench::rows::people::Api;
use identity_bench::rows::users;
use identity_bench::subject::Subject;
use identity_bench::table::Row;
use tokio::runtime::{Builder, Runtime};

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if !chosen.is_empty() && !chosen.iter().any(|word| word == "allocations") {
        return;
    }
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let [ours, official] = [Subject::ours, Subject::official].map(|make| Counts::of(make, &runtime));
    let rows = [
        Row::new("allocations of a cached call")
            .counts(ours.cached, official.cached)
            .goal("0", ours.cached == 0),
        Row::new("allocations of an uncached call").counts(ours.uncached, official.uncached),
        Row::new("allocations of the constructor, transport handed over")
            .counts(ours.constructor, official.constructor),
    ];
    rows.into_iter().for_each(Row::print);
    for users in [10_000, 1_000_000] {
        let bytes = bytes_of_an_entry(users);
        Row::new(format!("bytes of an entry beside the token's text, {users} entries"))
            .ours(format!("{bytes:.0}"))
            .goal("at most 400", bytes <= 400.0)
            .print();
    }
    let (full, after) = bytes_of_an_api(1000, 10_000);
    Row::new("on behalf of 10,000 users with room for 1000: bytes / when first full")
        .ours(format!("{after} (full {full})"))
        .ratio(after as f64 / full as f64)
        .at_most(1.1)
        .print();
}

/// What a credential holds when as many users as it has room for have come, and after many more.
fn bytes_of_an_api(room: usize, users: usize) -> (isize, isize) {
    let before = BYTES.get();
    let api = Api::with_room_for(room);
    api.serve(0..room);
    let full = BYTES.get() - before;
    api.serve(room..users);
    (full, BYTES.get() - before)
}

struct Counts {
    cached: usize,
    uncached: usize,
    constructor: usize,
}

impl Counts {
    fn of(make: fn(&Endpoint) -> Subject, runtime: &Runtime) -> Self {
        let endpoint = Endpoint::new(Reply::token(3600));
        let subject = make(&endpoint);
        let call = |scope: &str| {
            let mut count = 0;
            runtime.block_on(async {
                let (allocations, ok) = counted(subject.call(scope)).await;
                assert!(ok, "the endpoint gives a token");
                count = allocations;
            });
            count
        };
        // What is made once is not counted.
        call("https://first.azure.net/.default");
        call("https://first.azure.net/.default");
        let uncached = call(SCOPE);
        let cached = call(SCOPE);
        let before = ALLOCATIONS.get();
        drop(black_box(make(&endpoint)));
        Self { cached, uncached, constructor: ALLOCATIONS.get() - before }
    }
}

async fn counted<T>(work: impl Future<Output = T>) -> (usize, T) {
    let before = ALLOCATIONS.get();
    let value = work.await;
    (ALLOCATIONS.get() - before, value)
}

fn bytes_of_an_entry(users: usize) -> f64 {
    const TOKEN: usize = 100;
    let before = BYTES.get();
    let cache = users::cache_of(users, TOKEN);
    let bytes = BYTES.get() - before;
    assert_eq!(cache.len(), users, "room for all");
    bytes as f64 / users as f64 - TOKEN as f64
}

/// Counts what this thread does.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // While a thread ends there is nothing left to count with.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + usize::from(bytes > 0)));
    let _ = BYTES.try_with(|count| count.set(count.get() + bytes));
}

// SAFETY: the system's allocator does all of it; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
