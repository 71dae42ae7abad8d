use super::*;
use proptest::prelude::*;

/// What stands, and what is left of it on any paper.
const ANYWHERE: &[(&str, &str)] = &[
    // Karyotypes.
    ("46,XX", "46,‹masked›"),
    (
        "Karyotype: 46, XY (20 cells)",
        "Karyotype: 46, ‹masked› (20 cells)",
    ),
    ("46;XY", "46;‹masked›"),
    ("46XX", "46‹masked›"),
    ("46 XY", "46 ‹masked›"),
    ("46,xy", "46,‹masked›"),
    ("45,X", "‹masked›"),
    ("45,X0", "‹masked›"),
    ("45XO", "‹masked›"),
    ("47,XXY", "‹masked›"),
    ("47,XXYc", "‹masked›"),
    ("47,XXX", "‹masked›"),
    ("47,XY,+16", "47,‹masked›,+16"),
    ("45,XY,-21", "45,‹masked›,-21"),
    ("48,XX,+16,+21", "48,‹masked›,+16,+21"),
    ("46,XX,del(5)(q13q33)", "46,‹masked›,del(5)(q13q33)"),
    ("46,XY,t(9;22)(q34;q11.2)", "46,‹masked›,t(9;22)(q34;q11.2)"),
    (
        "45,XX,rob(13;14)(q10;q10)",
        "45,‹masked›,rob(13;14)(q10;q10)",
    ),
    ("46,Y,t(X;5)(q13;p12)", "‹masked›"),
    ("46,X,del(X)(q24)", "‹masked›"),
    ("46,X,i(X)(q10)", "‹masked›"),
    ("46,X,idic(Y)(q11.2)", "‹masked›"),
    ("69,XXX", "69,‹masked›"),
    ("69,XXY", "69,‹masked›"),
    ("92,XXYY", "92,‹masked›"),
    ("mos 45,X[5]/46,XX[25]", "mos ‹masked›[5]/46,‹masked›[25]"),
    ("seq(1-22)x2,(X,Y)x1", "seq(1-22)x2,‹masked›"),
    ("seq(1-22,X)x2", "seq(1-22)x2,‹masked›"),
    ("seq(X,1–22)×2", "seq(1-22)×2,‹masked›"),
    ("arr(X)x1", "arr‹masked›"),
    ("arr(1-22)x2,(X)x1,(Y)x1", "arr(1-22)x2,‹masked›"),
    (
        "arr[GRCh38] Xp22.31(6452000_8124000)x1",
        "arr[GRCh38] ‹masked›",
    ),
    (
        "arr 16p11.2(29_30)x1,Xq28(153_154)x2",
        "arr 16p11.2(29_30)x1,‹masked›",
    ),
    ("nuc ish(DXZ1x2),47,XXY", "nuc ish(‹masked›x2),‹masked›"),
    ("chrX and chrY", "‹masked› and ‹masked›"),
    // As other alphabets and printers write it.
    ("46,ХУ", "46,‹masked›"),
    ("46,Ｘ\u{200b}Ｙ", "46,‹masked›"),
    // In words.
    (
        "Y chromosome microdeletion: AZFc",
        "‹masked› chromosome microdeletion: AZFc",
    ),
    (
        "chromosomes 13, 18, 21, X and Y",
        "chromosomes 13, 18, 21, ‹masked› and ‹masked›",
    ),
    ("X and Y chromosomes", "‹masked› and ‹masked› chromosomes"),
    ("Y-Chromosom", "‹masked›-Chromosom"),
    ("cromosoma Y", "cromosoma ‹masked›"),
    ("le chromosome X", "le chromosome ‹masked›"),
    ("cromossomos X e Y", "cromossomos ‹masked› e ‹masked›"),
    ("Sex chromosomes: normal", "‹masked›: normal"),
    ("sex-chromosome mosaicism", "‹masked› mosaicism"),
    ("Geschlechtschromosomen", "‹masked›"),
    ("cromosomas sexuales", "‹masked›"),
    ("chromosomes sexuels", "‹masked›"),
    ("cromosomi sessuali", "‹masked›"),
    ("cromossomos sexuais", "‹masked›"),
    ("monosomy X", "monosomy ‹masked›"),
    ("Monosomie X", "Monosomie ‹masked›"),
    (
        "monosomía del cromosoma X",
        "monosomía del cromosoma ‹masked›",
    ),
    (
        "trisomy of the X chromosome",
        "trisomy of the ‹masked› chromosome",
    ),
    ("Klinefelter syndrome", "‹masked› syndrome"),
    ("syndrome de Turner", "syndrome de ‹masked›"),
    // An embryo in plain words.
    ("male embryo", "‹masked› embryo"),
    ("one female blastocyst", "one ‹masked› blastocyst"),
    ("Embryo 3, sex: M", "Embryo 3, sex: ‹masked›"),
    ("Sex of embryo: female", "Sex of embryo: ‹masked›"),
    ("weiblicher Embryo", "‹masked› Embryo"),
    ("embrión masculino", "embrión ‹masked›"),
    ("embryon féminin", "embryon ‹masked›"),
    ("embrione maschile", "embrione ‹masked›"),
    ("embrião feminino", "embrião ‹masked›"),
];

/// What is about nothing of it, and stays on papers that are not about genes.
const ORDINARY: &[&str] = &[
    "Sex: Female",
    "Sex hormone-binding globulin (SHBG) 45 nmol/L",
    "Geschlecht: männlich",
    "14x2 mm, 14 x 2, 30 X 2.5",
    "10 x 10^6/mL",
    "House XX, 12 Xavier Street, Y Bwlch",
    "Article XX-4711/XY",
    "XXX-XX-1234",
    "chromatin condensation 80 %",
    "Male partner: 34 years; female partner: 31 years",
    "male factor infertility",
    "Turner, Anna",
    "Embryos transferred: 1. Female partner: A. Moss",
    "Factor X 80 %",
    "X-ray of the pelvis",
    "Madre y padre",
    "Total motile count 46 million",
    "LH 4,5; FSH 46,2",
    "MALE FERTILITY PROFILE",
    "page 2 of 46, X marks what was done",
];

/// What stays even where genes are the topic.
const GENETIC: &[&str] = &[
    "47,‹masked›,+16",
    "Fragile X syndrome (FMR1): 30 CGG repeats",
    "X-linked recessive",
    "euploid",
    "aneuploid: -22, del(5)(q13)",
    "+16 (35 %)",
    "Biopsied cells: 5 x 2",
    "[X] trophectoderm",
    "Female partner: A. Moss, male partner: B. Moss",
    "Maternal age 38",
];

/// What counts where genes are the topic and nowhere else.
const LOOSE: &[(&str, &str)] = &[
    ("E3 5AA XX", "E3 5AA ‹masked›"),
    ("E4: XY, euploid", "E4: ‹masked›, euploid"),
    ("+X", "‹masked›"),
    ("-16, -X", "-16, ‹masked›"),
    ("+16,-Y", "+16,‹masked›"),
    ("X0", "‹masked›"),
    ("20 21 22 X Y", "20 21 22 ‹masked›"),
    ("E5 male euploid", "E5 ‹masked› euploid"),
    ("Sex: M", "Sex: ‹masked›"),
    ("Geschlecht: weiblich", "Geschlecht: ‹masked›"),
    ("E6 ♀", "E6 ‹masked›"),
    ("SRY detected", "‹masked› detected"),
    ("hemizygous, affected", "‹masked›, affected"),
];

#[test]
fn what_tells_is_masked_wherever_it_stands() {
    for &(text, left) in ANYWHERE {
        let context = Context::Ordinary;
        assert_eq!(redact(text, context), left, "{text}");
        assert_eq!(speaks(text, context), Speaks::Certainly, "{text}");
    }
}

#[test]
fn other_papers_stay_as_they_are() {
    for text in ORDINARY {
        assert_eq!(redact(text, Context::Ordinary), *text);
        assert_eq!(speaks(text, Context::Ordinary), Speaks::Not, "{text}");
    }
}

#[test]
fn where_genes_are_the_topic_whatever_may_tell_is_masked_and_the_rest_stays() {
    for &(text, left) in LOOSE {
        assert_eq!(redact(text, Context::Genetic), left, "{text}");
        assert_ne!(speaks(text, Context::Genetic), Speaks::Not, "{text}");
    }
    for text in GENETIC {
        assert_eq!(redact(text, Context::Genetic), *text);
    }
}

#[test]
fn a_paper_makes_its_own_context() {
    assert_eq!(Context::of(false, ["LH 4.5 mIU/mL"]), Context::Ordinary);
    assert_eq!(
        Context::of(false, ["Karyotype advised"]),
        Context::Mentioned
    );
    assert_eq!(
        Context::of(false, ["PGT-A", "3 euploid embryos"]),
        Context::Genetic
    );
    assert_eq!(Context::of(true, ["LH"]), Context::Genetic);
}

/// Ways to write the sex of the same finding.
const FORMS: &[&str] = &[
    "46,{}",
    "46, {}",
    "46{}",
    "46 {}",
    "47,{},+16",
    "45,{},-21 (35 %)",
    "mos 46,{}[3]/47,{},+8[7]",
    "46,{},inv(9)(p12q13)",
    "Karyotype {} normal",
    "embryo {} euploid",
    "PGT-A: E1 {}",
    "seq {}",
];

#[test]
fn what_is_left_does_not_tell_one_from_the_other() {
    for form in FORMS {
        let left = |sex| redact(&form.replace("{}", sex), Context::Genetic).into_owned();
        assert_eq!(left("XX"), left("XY"), "{form}");
    }
    for (one, other) in [
        ("seq(1-22,X)x2", "seq(1-22)x2,(X,Y)x1"),
        ("arr(1-22)x2,(X)x2", "arr(1-22)x2,(X)x1,(Y)x1"),
        ("45,X", "47,XXY"),
        ("E1 male", "E1 female"),
        ("E1 X X", "E1 X Y"),
    ] {
        let left = |text| redact(text, Context::Genetic).into_owned();
        assert_eq!(left(one), left(other));
    }
}

proptest! {
    #[test]
    fn any_text_can_be_masked_and_is_silent_afterwards(text in "[ -~\nXYxy×♀é‹›0-9,()+-]{0,80}") {
        for context in [Context::Ordinary, Context::Mentioned, Context::Genetic] {
            let left = redact(&text, context).into_owned();
            prop_assert_eq!(speaks(&left, context), Speaks::Not, "{:?} {:?}", left, context);
            prop_assert_eq!(redact(&left, context).into_owned(), left.clone());
        }
    }

    #[test]
    fn a_karyotype_is_found_in_any_sentence(
        before in "[A-Za-z ]{0,30}", after in "[A-Za-z ]{0,30}",
        sex in prop::sample::select(vec!["XX", "XY"]),
        change in prop::sample::select(vec!["", ",+16", ",-21", ",del(5)(q13)", ",t(9;22)(q34;q11.2)"]),
    ) {
        let text = format!("{before} 46,{sex}{change} {after}");
        let left = redact(&text, Context::Ordinary);
        let kept = format!("46,{MARK}{change}");
        prop_assert!(left.contains(&kept), "{}", left);
    }

    #[test]
    fn numbers_and_units_stay(value in 0.0..5000.0_f64, unit in prop::sample::select(vec!["mIU/mL", "x10^6/mL", "%", "nmol/L"])) {
        let text = format!("Result {value:.2} {unit} (2.0-46,5)");
        prop_assert_eq!(redact(&text, Context::Ordinary).into_owned(), text);
    }
}
