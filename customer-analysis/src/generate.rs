//! Generates customers for trying out the pipeline.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `rows` customers to a CSV file. The same seed gives the same customers on every machine.
///
/// Amounts have a gamma distribution (shape 2, scale 750). The number of purchases is uniform from 0 to 59, reviews are
/// uniform from 1 to 5, and a purchase takes 1 to 30 days. One amount in 400 and one review in 100 is missing. The file
/// gets its name only once it is complete.
///
/// # Errors
///
/// If the file can't be written. A file that existed before stays unchanged.
pub fn generate(rows: u64, seed: u64, out: &Path) -> io::Result<()> {
    let mut staged = out.as_os_str().to_owned();
    staged.push(format!(".{}.part", std::process::id()));
    let staged = Path::new(&staged);
    let write = || -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(staged)?);
        write_customers(rows, seed, &mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(staged, out)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(staged);
    })
}

fn write_customers(rows: u64, seed: u64, out: &mut impl Write) -> io::Result<()> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    writeln!(out, "CustomerID,TotalPurchaseAmount,NumberOfPurchases,AverageReviewScore,TotalPurchaseTime")?;
    for row in 1..=rows {
        let amount = -750.0 * (random.above_zero().ln() + random.above_zero().ln());
        let purchases = random.below(60);
        let review = 1.0 + 4.0 * random.unit();
        let time = purchases as f64 * (1.0 + 29.0 * random.unit());
        write!(out, "C{row:07},")?;
        if random.below(400) != 0 {
            write!(out, "{amount:.2}")?;
        }
        write!(out, ",{purchases},")?;
        if random.below(100) != 0 {
            write!(out, "{review:.2}")?;
        }
        writeln!(out, ",{time:.2}")?;
    }
    out.flush()
}

struct Random(ChaCha8Rng);

impl Random {
    /// Uniform in [0, 1): 53 random bits, the precision of a double.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in (0, 1], for logarithms.
    fn above_zero(&mut self) -> f64 {
        1.0 - self.unit()
    }

    /// Uniform from 0 to `end` − 1.
    fn below(&mut self, end: u32) -> u32 {
        (self.unit() * f64::from(end)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rows: u64, seed: u64) -> String {
        let mut out = Vec::new();
        write_customers(rows, seed, &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_same_seed_gives_the_same_customers_and_another_seed_different_ones() {
        assert_eq!(text(100, 7), text(100, 7));
        assert_ne!(text(100, 7), text(100, 8));
        assert!(text(200, 7).starts_with(&text(100, 7)));
        assert_eq!(text(0, 7).lines().count(), 1);
    }

    #[test]
    fn the_first_customers_are_frozen() {
        let lines: Vec<String> = text(2, 1).lines().skip(1).map(str::to_owned).collect();
        assert_eq!(lines, ["C0000001,449.08,35,1.88,322.95", "C0000002,1682.50,42,2.93,745.04"]);
    }
}
