use skipstone::task;

#[task]
fn parse(text: &str) -> Result<f64, Box<dyn std::error::Error>> {
    Ok(text.parse()?)
}

fn main() {
    let _ = parse("1");
}

// Fix: return `Box<dyn Error + Send + Sync>`, your own error type, or `String`.
