use skipstone::Row;

#[derive(Row)]
#[csv(seperator = ";")]
struct Misspelt {
    a: i64,
}

#[derive(Row)]
#[csv(separator = "; ", encoding = "latin1", header = "none")]
struct Values {
    a: i64,
}

#[derive(Row)]
#[csv(decimal = ",", thousands = ",", quote = "'", comment = "'")]
struct Same {
    a: i64,
}

fn main() {}

// Fix: use the suggested option, one character for a separator, and different characters for different purposes.
