//! Files that were made to hurt: each function returns the bytes of one, built from nothing.
//!
//! None of them is stored in the repository and none needs a crate, so that every test can have
//! one: the upload, the cage and the reading of text. What each is to end as is said beside it.

/// A PDF in the making: objects are numbered from 1 in the order they are added; the first is the
/// catalog.
#[derive(Default)]
pub struct Pdf {
    objects: Vec<Vec<u8>>,
}

impl Pdf {
    /// A catalog whose page tree is object 2.
    pub fn new() -> Self {
        let mut pdf = Self::default();
        pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
        pdf
    }

    /// Adds an object and returns its number.
    pub fn add(&mut self, body: impl AsRef<[u8]>) -> usize {
        self.objects.push(body.as_ref().to_vec());
        self.objects.len()
    }

    /// Adds a stream; `entries` are those of its dictionary beside the length.
    pub fn add_stream(&mut self, entries: &str, data: &[u8]) -> usize {
        let mut body = format!("<< /Length {} {entries} >>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.add(body)
    }

    /// The file with a right cross-reference table.
    pub fn finish(&self) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut offsets = Vec::new();
        for (index, body) in self.objects.iter().enumerate() {
            offsets.push(file.len());
            file.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
            file.extend_from_slice(body);
            file.extend_from_slice(b"\nendobj\n");
        }
        let xref = file.len();
        let size = self.objects.len() + 1;
        file.extend_from_slice(format!("xref\n0 {size}\n0000000000 65535 f \n").as_bytes());
        for offset in offsets {
            file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
        file.extend_from_slice(
            format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n")
                .as_bytes(),
        );
        file
    }
}

const PAGES: &str = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
const HELVETICA: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";

/// One page of A4 whose content stream is `content`, with the font `/F1`.
fn one_page(entries: &str, content: &[u8]) -> Pdf {
    let mut pdf = Pdf::new();
    pdf.add(PAGES);
    pdf.add(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> /XObject << /X 6 0 R >> >> >>",
    );
    pdf.add_stream(entries, content);
    pdf.add(HELVETICA);
    pdf
}

/// Not hostile: one line of text per string, as a reader should find them.
pub fn plain(lines: &[&str]) -> Vec<u8> {
    let mut content = String::from("BT /F1 11 Tf 14 TL 72 770 Td\n");
    for line in lines {
        let escaped = line
            .replace('\\', "\\\\")
            .replace('(', "\\(")
            .replace(')', "\\)");
        content.extend(["(", &escaped, ") Tj T*\n"]);
    }
    content.push_str("ET");
    one_page("", content.as_bytes()).finish()
}

/// A content stream that inflates to `inflated` zero bytes; at most 159 times its own size.
/// Ends as `too_large`.
pub fn deflate_bomb(inflated: usize) -> Vec<u8> {
    one_page("/Filter /FlateDecode", &deflated_zeros(inflated)).finish()
}

/// The same behind two filters, so that a file of some kilobytes inflates to gigabytes.
/// Ends as `too_large`.
pub fn double_deflate_bomb(inflated: usize) -> Vec<u8> {
    // The inner stream repeats itself every 13 bytes: 8 matches of 13 bits.
    let data = deflated_periodic(&deflated_zeros(inflated), 13);
    one_page("/Filter [/FlateDecode /FlateDecode]", &data).finish()
}

/// A form that draws itself. A reader without a limit overflows its stack.
/// Ends as a document without text, or as any named refusal.
pub fn self_calling_form() -> Vec<u8> {
    let mut pdf = one_page("", b"/X Do");
    pdf.add_stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 595 842] \
         /Resources << /XObject << /X 6 0 R >> >>",
        b"/X Do /X Do",
    );
    pdf.finish()
}

/// A chain of forms, each drawing the next one twice: 2^`levels` drawings of the last.
/// Ends as a partial reading, `timed_out` or `too_large`.
pub fn form_expansion(levels: usize) -> Vec<u8> {
    let mut pdf = one_page("", b"/X Do");
    for level in 0..levels {
        let next = 7 + level;
        pdf.add_stream(
            &format!(
                "/Type /XObject /Subtype /Form /BBox [0 0 595 842] \
                 /Resources << /XObject << /X {next} 0 R >> >>"
            ),
            b"/X Do /X Do",
        );
    }
    pdf.add_stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >>",
        b"BT /F1 11 Tf 72 770 Td (boom) Tj ET",
    );
    pdf.finish()
}

/// `depth` arrays inside each other in the catalog. Must not overflow the stack.
pub fn nested_arrays(depth: usize) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let mut catalog = b"<< /Type /Catalog /Pages 2 0 R /Deep ".to_vec();
    catalog.extend(std::iter::repeat_n(b'[', depth));
    catalog.extend(std::iter::repeat_n(b']', depth));
    catalog.extend_from_slice(b" >>");
    pdf.add(catalog);
    pdf.add(PAGES);
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>");
    pdf.finish()
}

/// `depth` arrays inside each other in the content of the page. Must not overflow the stack.
pub fn nested_content(depth: usize) -> Vec<u8> {
    let mut content = vec![b'['; depth];
    content.extend(std::iter::repeat_n(b']', depth));
    content.extend_from_slice(b" TJ");
    one_page("", &content).finish()
}

/// A page tree whose node is its own child. Must end.
pub fn page_tree_cycle() -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.add("<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>");
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>");
    pdf.finish()
}

/// `pages` pages that all show the same line. More than the limit of text pages ends as a
/// partial reading.
pub fn many_pages(pages: usize) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let kids: Vec<String> = (0..pages).map(|page| format!("{} 0 R", page + 5)).collect();
    let kids = kids.join(" ");
    pdf.add(format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"));
    pdf.add_stream("", b"BT /F1 11 Tf 72 770 Td (one page of many) Tj ET");
    pdf.add(HELVETICA);
    for _ in 0..pages {
        pdf.add(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R \
             /Resources << /Font << /F1 4 0 R >> >> >>",
        );
    }
    pdf.finish()
}

/// `glyphs` letters on one page. Far more than a page of paper holds ends as a partial reading.
pub fn glyph_flood(glyphs: usize) -> Vec<u8> {
    let mut content = String::from("BT /F1 1 Tf 0 842 Td\n");
    let line = format!("0 -0.01 Td ({}) Tj\n", "m".repeat(100));
    for _ in 0..glyphs / 100 {
        content.push_str(&line);
    }
    content.push_str("ET");
    one_page("", content.as_bytes()).finish()
}

/// A page of 10^9 by 10^9 points. A picture of it must stay small.
pub fn huge_page() -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.add(PAGES);
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1000000000 1000000000] >>");
    pdf.finish()
}

/// A stream whose length is the stream itself. Must end.
pub fn length_of_itself() -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.add(PAGES);
    pdf.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>");
    pdf.add("<< /Length 4 0 R >>\nstream\nBT ET\nendstream");
    pdf.finish()
}

/// Every offset of the cross-reference table is wrong, as after a careless mail gateway: a reader
/// rebuilds the table and finds the text.
pub fn broken_xref(lines: &[&str]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n% pushed down by forty bytes or so\n".to_vec();
    file.extend_from_slice(&plain(lines)[b"%PDF-1.7\n".len()..]);
    file
}

/// The first half of a file. Ends as `unreadable` or with what is left of it.
pub fn truncated(file: &[u8]) -> Vec<u8> {
    file[..file.len() / 2].to_vec()
}

/// Begins as a PDF and goes on as noise that is the same in every run. Ends as `unreadable`.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut file = b"%PDF-1.4\n".to_vec();
    file.extend((0..length).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    }));
    file
}

/// Bits of a deflate stream (RFC 1951), least significant first.
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    /// Begins a zlib stream (RFC 1950) with one block of fixed Huffman codes.
    fn zlib() -> Self {
        let mut bits = Self {
            bytes: vec![0x78, 0x9c],
            pending: 0,
            count: 0,
        };
        bits.put(0b011, 3);
        bits
    }

    fn put(&mut self, value: u32, width: u32) {
        self.pending |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes go in with their most significant bit first.
    fn code(&mut self, code: u32, width: u32) {
        self.put(code.reverse_bits() >> (32 - width), width);
    }

    fn literal(&mut self, byte: u8) {
        match byte {
            0..=143 => self.code(0x30 + u32::from(byte), 8),
            144..=255 => self.code(0x190 + u32::from(byte) - 144, 9),
        }
    }

    /// A match of 258 bytes, the longest there is.
    fn longest_match(&mut self, distance: usize) {
        self.code(0b1100_0101, 8);
        match distance {
            1 => self.code(0, 5),
            13 => {
                // Code 7 and two more bits stand for 13 to 16 (RFC 1951, 3.2.5).
                self.code(7, 5);
                self.put(0, 2);
            }
            other => unreachable!("no code for distance {other}"),
        }
    }

    fn finish(mut self, adler: u32) -> Vec<u8> {
        self.code(0, 7);
        self.put(0, 7);
        self.bytes.extend_from_slice(&adler.to_be_bytes());
        self.bytes
    }
}

/// A zlib stream of at least `length` zero bytes.
fn deflated_zeros(length: usize) -> Vec<u8> {
    let mut bits = Bits::zlib();
    bits.literal(0);
    let matches = length / 258;
    for _ in 0..matches {
        bits.longest_match(1);
    }
    let total = (1 + matches * 258) as u64;
    bits.finish((((total % 65521) << 16) | 1) as u32)
}

/// A zlib stream of `data`, good where `data` repeats itself every `period` bytes.
fn deflated_periodic(data: &[u8], period: usize) -> Vec<u8> {
    let mut bits = Bits::zlib();
    let mut at = 0;
    while at < data.len() {
        let repeats = at >= period
            && at + 258 <= data.len()
            && data[at..at + 258] == data[at - period..at + 258 - period];
        if repeats {
            bits.longest_match(period);
            at += 258;
        } else {
            bits.literal(data[at]);
            at += 1;
        }
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    bits.finish((b << 16) | a)
}
