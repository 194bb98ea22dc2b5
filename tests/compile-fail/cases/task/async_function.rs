use skipstone::task;

#[task]
async fn fetch(url: &str) -> String {
    url.to_owned()
}

fn main() {
    let _ = fetch("");
}

// Fix: add the feature `tokio`, or remove `async` and block in the function.
