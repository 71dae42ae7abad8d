//! The words, folded: lower case, no accents. English, German, Spanish, French, Italian, Portuguese.

/// Beginnings of words for a chromosome.
pub const CHROMOSOME: &[&str] = &["chromosom", "cromosom", "cromossom"];

/// Beginnings of words that say "sex chromosome" by themselves.
pub const GONOSOME: &[&str] = &[
    "gonosom",
    "heterosom",
    "allosom",
    "sexchromosom",
    "geschlechtschromosom",
];

/// What makes a chromosome one of sex: before it or behind it.
pub const OF_SEX: &[&str] = &[
    "sex", "sexual", "sexuales", "sexuels", "sexuel", "sexuelle", "sessuale", "sessuali",
    "sexuais", "sexo", "sexe", "sesso", "gender",
];

/// The topics of genetics, each with the beginnings of its words.
pub const TOPICS: &[&[&str]] = &[
    &[
        "karyotyp",
        "caryotyp",
        "cariotip",
        "cariotyp",
        "karyogram",
        "iscn",
    ],
    &[
        "pgt",
        "pgs",
        "pgd",
        "preimplant",
        "praimplant",
        "praeimplant",
        "preimpiant",
    ],
    &["euploid", "aneuploid"],
    &[
        "cytogen",
        "zytogen",
        "citogen",
        "cgh",
        "nipt",
        "amniocent",
        "amniozent",
        "microarray",
    ],
];

/// Beginnings of words for how often a chromosome is there.
pub const COPIES: &[&str] = &[
    "monosom",
    "trisom",
    "disom",
    "tetrasom",
    "nullisom",
    "nulisom",
    "polysom",
    "polisom",
    "monossom",
    "trissom",
    "dissom",
    "aneuploid",
    "triple",
    "mosaic",
    "mosaik",
    "mosaiq",
];

/// Beginnings of words for a syndrome.
pub const SYNDROME: &[&str] = &["syndrom", "sindrom"];

/// Words between two things that are listed, or between a word and what it is about.
pub const SMALL: &[&str] = &[
    "and",
    "or",
    "of",
    "the",
    "und",
    "oder",
    "des",
    "der",
    "vom",
    "y",
    "o",
    "de",
    "del",
    "los",
    "et",
    "ou",
    "du",
    "e",
    "di",
    "del",
    "dei",
    "do",
    "da",
    "dos",
    "chromosome",
    "complete",
    "partial",
];

/// Genes and probes of sex chromosomes, in capitals.
pub const GENES: &[&str] = &[
    "SRY", "AMELX", "AMELY", "AMXY", "TSPY", "ZFX", "ZFY", "DXZ", "DYZ", "DXS", "DYS",
];

/// Signs of an abnormality in ISCN that take chromosomes in brackets.
pub const STRUCTURE: &[&str] = &[
    "t", "del", "dup", "inv", "ins", "i", "idic", "r", "der", "add", "dic", "fra", "psu", "trp",
    "rob", "rec", "idem",
];

/// Beginnings of words for an embryo or a fetus.
pub const EMBRYO: &[&str] = &[
    "embryo",
    "embrio",
    "embria",
    "blastocyst",
    "blastozyst",
    "blastocist",
    "fetus",
    "foetus",
    "fetal",
    "foetal",
    "feto",
    "fotus",
    "fotal",
    "conceptus",
];

/// Names of the field.
pub const SEX: &[&str] = &[
    "sex",
    "gender",
    "geschlecht",
    "sexe",
    "sexo",
    "sesso",
    "genre",
    "genero",
    "genere",
];

/// What says which.
pub const MALE_OR_FEMALE: &[&str] = &[
    "male",
    "males",
    "female",
    "females",
    "boy",
    "girl",
    "mannlich",
    "mannliche",
    "mannlicher",
    "mannliches",
    "maennlich",
    "weiblich",
    "weibliche",
    "weiblicher",
    "weibliches",
    "junge",
    "madchen",
    "maedchen",
    "masculin",
    "masculine",
    "feminin",
    "feminine",
    "garcon",
    "fille",
    "femelle",
    "masculino",
    "masculina",
    "femenino",
    "femenina",
    "feminino",
    "feminina",
    "varon",
    "hembra",
    "macho",
    "femea",
    "nino",
    "nina",
    "maschio",
    "maschile",
    "femmina",
    "femminile",
    "menino",
    "menina",
    "rapaz",
];

/// Short for it, in the field alone.
pub const SHORT: &[&str] = &[
    "m", "f", "w", "h", "v", "male", "female", "xx", "xy", "mann", "frau", "homme", "femme",
    "hombre", "mujer", "homem", "mulher", "uomo", "donna",
];

/// Beginnings of words behind which `male` and `female` are about adults.
pub const ADULT: &[&str] = &[
    "partner",
    "factor",
    "faktor",
    "facteur",
    "fattore",
    "fator",
    "infertil",
    "patient",
    "pazient",
    "pacient",
    "age",
    "parent",
    "donor",
    "spender",
    "donant",
    "donneu",
    "donator",
    "doador",
    "partenaire",
    "pareja",
    "parceir",
    "reproduct",
    "fertil",
    "gamete",
    "genital",
];

/// Beginnings of words that say it of a gene that is there once.
pub const ONCE: &[&str] = &["hemizyg", "hemizig", "emizig"];

/// What an X stands behind without being a chromosome.
pub const NAMED_X: &[&str] = &[
    "fragile",
    "fragil",
    "fragiles",
    "factor",
    "faktor",
    "facteur",
    "fattore",
    "fator",
    "generation",
];

/// Beginnings of words with which an X is no finding.
pub const WITH_X: &[&str] = &[
    "link",
    "gekoppelt",
    "gebund",
    "verknupf",
    "ray",
    "lie",
    "ligad",
    "recess",
    "dominan",
];
