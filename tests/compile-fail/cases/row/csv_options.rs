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
