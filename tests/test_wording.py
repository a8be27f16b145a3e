"""Room 08, wording: every kind of difference between two renderings of a passage, by hand and by law."""
import html
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from imr_research.wording import EDITS, align_words, find_edits, keep_best, mark_edits, split_words



def edits(common: str, here: str) -> list:
    common, here = split_words(common), split_words(here)
    return [(edit.kind, edit.common, edit.here) for edit in find_edits(common, here, align_words(common, here))]


def mark(common: str, here: str, html=False) -> str:
    common, here = split_words(common), split_words(here)
    return mark_edits(common, here, align_words(common, here), html)


CASES = [
    # nothing that counts: capitals, commas, quotation marks, line ends, apostrophes, thousands, words that are not there
    ("Exercise helps the back.", "Exercise helps the back.", []),
    ("Exercise helps, they say; the back", "EXERCISE helps they say (the back)", []),
    ("it 'helps' the back", "it “helps” the\n back", []),
    ("the patient's knee", "the patient’s knee", []),
    ("up to 1,000 mg a day", "up to 1000 mg a day", []),
    ("for 6 weeks", "for 6\u00a0weeks", []),
    ("the über-knee", "The ÜBER-KNEE", []),
    ("tried ... then stopped", "tried .... then stopped", []),
    ("tried ... then stopped", "tried, then stopped", []),
    ("", "", []),
    ("...", " \n ", []),
    # a number changed: start, middle, end, with a decimal point, spelled, per cent, two of them, with its noun
    ("6 visits are allowed", "10 visits are allowed", [("number", "6", "10")]),
    ("allowed for 6 weeks at home", "allowed for 8 weeks at home", [("number", "6", "8")]),
    ("visits are limited to 24", "visits are limited to 42", [("number", "24", "42")]),
    ("take 0.5 mg daily", "take 5 mg daily", [("number", "0.5", "5")]),
    ("up to 1,000 mg", "up to 10,000 mg", [("number", "1,000", "10,000")]),
    ("for six weeks", "for eight weeks", [("number", "six", "eight")]),
    ("for six weeks", "for 8 weeks", [("number", "six", "8")]),
    ("a gain of 30% is asked", "a gain of 50% is asked", [("number", "30", "50")]),
    ("2 to 3 visits a week", "3 to 4 visits a week", [("number", "2", "3"), ("number", "3", "4")]),
    ("for 6 weeks at home", "for 8 days at home", [("number", "6 weeks", "8 days")]),
    # a not gained or lost
    ("Not all backs need rest", "All backs need rest", [("negation", "Not", "")]),
    ("it is not recommended here", "it is recommended here", [("negation", "not", "")]),
    ("it is recommended here", "it is not recommended here", [("negation", "", "not")]),
    ("recommended it is not", "recommended it is", [("negation", "not", "")]),
    ("there is no proof of gain", "there is proof of gain", [("negation", "no", "")]),
    ("with red flags", "without red flags", [("negation", "with", "without")]),
    ("it can be used", "it cannot be used", [("negation", "can", "cannot")]),
    ("it was never tried at home", "it was tried at home", [("negation", "never", "")]),
    ("it is not recommended", "it is strongly recommended", [("negation", "not", "strongly")]),
    ("it should not go on", "it may go on", [("negation", "should not", "may")]),
    ("there is no sign", "there is not sign", [("changed", "no", "not")]),
    ("done without help", "done with no help", [("changed", "without", "with no")]),
    ("the patch helps, but it is not a first choice for backs, and eases the knee", "the patch helps, and eases the knee",
     [("cut", "but it is not a first choice for backs", "")]),
    # obligation
    ("Should begin at home", "Must begin at home", [("obligation", "Should", "Must")]),
    ("exercise should begin at home", "exercise must begin at home", [("obligation", "should", "must")]),
    ("as long as they can", "as long as they should", [("obligation", "can", "should")]),
    ("it may be tried", "it will be tried", [("obligation", "may", "will")]),
    # other words
    ("Active exercise helps", "Passive exercise helps", [("changed", "Active", "Passive")]),
    ("a defined return to work", "a defined way to work", [("changed", "return", "way")]),
    ("it eases the knee", "it eases the hip", [("changed", "knee", "hip")]),
    ("a defined return to work", "the defined goal to work", [("changed", "a", "the"), ("changed", "return", "goal")]),
    ("several visits are allowed", "6 visits are allowed", [("changed", "several", "6")]),
    ("the patient's knee", "the patients knee", [("changed", "patient's", "patients")]),
    ("in a café at noon", "in a cafe at noon", [("changed", "café", "cafe")]),
    ("employer & employee agree", "employer and employee agree", [("changed", "&", "and")]),
    ("one thing only", "quite another", [("changed", "one thing only", "quite another")]),
    # words left out, words put in
    ("In most cases exercise helps", "exercise helps", [("cut", "In most cases", "")]),
    ("exercise of any form helps", "exercise helps", [("cut", "of any form", "")]),
    ("exercise helps in most cases", "exercise helps", [("cut", "in most cases", "")]),
    ("exercise helps", "", [("cut", "exercise helps", "")]),
    ("strong strong pain", "strong pain", [("cut", "strong", "")]),
    ("exercise helps", "in most cases exercise helps", [("added", "", "in most cases")]),
    ("exercise helps", "exercise of any form helps", [("added", "", "of any form")]),
    ("exercise helps", "exercise helps in most cases", [("added", "", "in most cases")]),
    ("", "exercise helps", [("added", "", "exercise helps")]),
    ("strong pain", "strong strong strong pain", [("added", "", "strong strong")]),
    ("for 6 weeks", "for 6 to 8 weeks", [("added", "", "to 8")]),
    ("exercise ... helps", "exercise of any form helps", [("added", "", "of any form")]),
    # dots, with and without words left out, within, in front and behind
    *(("those performed by a therapist", f"those {dots} therapist", [("dots", "performed by a", dots)])
      for dots in ["..", "...", ". . .", "....", "…", "* * *", "***", "[...]"]),
    ("it may be tried, and helps", "it may be tried ... and helps", [("dots", "tried, and", "tried ... and")]),
    ("it may be tried", "... it may be tried", [("dots", "", "...")]),
    ("it may be tried", "it may be tried…", [("dots", "", "…")]),
    ("it may be tried at home", "it may ... perhaps at home", [("dots", "be tried", "perhaps")]),
    # hyphens
    ("Short-term use is best", "Short term use is best", [("hyphen", "Short-term", "Short term")]),
    ("for short term use", "for short-term use", [("hyphen", "short term", "short-term")]),
    ("as an add-on to rest", "as an addon to rest", [("hyphen", "add-on", "addon")]),
    ("it is only an addon", "it is only an add-on", [("hyphen", "addon", "add-on")]),
    ("as physiotherapy at home", "as physio-\ntherapy at home", [("hyphen", "physiotherapy", "physio-\ntherapy")]),
    # spaces
    ("Short term use", "Shortterm use", [("spacing", "Short term", "Shortterm")]),
    ("agreed by employer & employee then", "agreed by employer &employee then", [("spacing", "& employee", "&employee")]),
    ("done by a therapist", "done by a thera pist", [("spacing", "therapist", "thera pist")]),
    ("treated in the home only", "treated inthehome only", [("spacing", "in the home", "inthehome")]),
    ("the knee, hip and back", "the knee,hip and back", [("spacing", "knee, hip", "knee,hip")]),
    ("it was tried. Then it went on", "it was tried.Then it went on", [("spacing", "tried. Then", "tried.Then")]),
    ("take 10 mg", "take 10mg", [("spacing", "10 mg", "10mg")]),
    ("a gain of 50%", "a gain of 50 %", [("spacing", "50%", "50 %")]),
    # numbers spelled
    ("Six weeks at most", "6 weeks at most", [("number_form", "Six", "6")]),
    ("for 6 weeks", "for six weeks", [("number_form", "6", "six")]),
    ("no more than ten", "no more than 10", [("number_form", "ten", "10")]),
    ("two to three visits", "2 to 3 visits", [("number_form", "two", "2"), ("number_form", "three", "3")]),
    # near one another
    ("it should be tried for 6 weeks", "it must be tried for 8 weeks", [("obligation", "should", "must"), ("number", "6", "8")]),
    ("a 6 week long-term course", "a 8 week longterm course", [("number", "6", "8"), ("hyphen", "long-term", "longterm")]),
    ("no more than 6 visits in all", "no more than 8 visits ... in all", [("number", "6", "8"), ("dots", "visits in", "visits ... in")]),
    ("it is not a cure, only a help", "it is a cure, only some help", [("negation", "not", ""), ("changed", "a", "some")]),
    ("for six weeks in most cases", "for 6 weeks", [("number_form", "six", "6"), ("cut", "in most cases", "")]),
]


@pytest.mark.parametrize("common, here, expected", CASES)
def test_edits(common, here, expected):
    assert edits(common, here) == expected


def test_every_kind_has_cases():
    assert {kind for _, _, expected in CASES for kind, *_ in expected} == {*EDITS}


TASTE = [  # with what each case is about
    ("it may be tried at home", "... at home", [("dots", "it may be tried", "...")], "dots at the start are told once"),
    ("it may be tried at home", "it may be ...", [("dots", "tried at home", "...")], "dots at the end are told once"),
    ("for short-term use", "for short-\nterm use", [], "a line that ends in the hyphen of both is no space gained"),
    ("6-8 weeks of short-term use", "6–8 weeks of short‑term use", [], "a dash or a hyphen that does not break is no hyphen lost"),
    ("it is recommended", "it isn't recommended", [("negation", "is", "isn't")], "n't is a not"),
    ("they don't help", "they do not help", [("changed", "don't", "do not")], "n't is a not"),
    ("for twelve weeks", "for 12 weeks", [("number_form", "twelve", "12")], "numbers in words beyond ten"),
    ("for twelve weeks", "for fourteen weeks", [("number", "twelve", "fourteen")], "numbers in words changed"),
]


@pytest.mark.parametrize("common, here, expected, why", TASTE)
def test_differences_of_taste(common, here, expected, why):
    assert edits(common, here) == expected, why


# renderings: words that recur, so that there is something to align, between gaps of every sort
WORD = st.sampled_from("a b c the The not should must 1 2 one 1,000 two's é & % and".split()) | st.text("abc", min_size=1, max_size=3)
GAP = st.sampled_from([" ", " ", " ", ", ", "-", "- ", "\n", ". ", " ... ", "…", " * * * ", "(", "/", "\u00a0", " < > \" "])
TEXT = st.builds(lambda pieces, end: "".join(gap + word for gap, word in pieces) + end, st.lists(st.tuples(GAP, WORD), max_size=25), GAP)


@given(TEXT, TEXT)
def test_stretches_tile_both_texts(one, other):
    common, here = split_words(one), split_words(other)
    stretches = align_words(common, here)
    at = at_here = 0
    for stretch in stretches:
        assert (stretch.first, stretch.here_first) == (at, at_here)
        at, at_here = stretch.last, stretch.here_last
        if stretch.same:
            assert common.plain[stretch.first : stretch.last] == here.plain[stretch.here_first : stretch.here_last] != ()
    assert (at, at_here) == (len(common), len(here))
    assert all(left.same != right.same for left, right in zip(stretches, stretches[1:]))


@given(TEXT, TEXT, st.integers(0, 20), st.integers(0, 20))
def test_some_words_of_a_text_are_tiled(one, other, first, more):
    common, here = split_words(one), split_words(other)
    first = min(first, len(here))
    last = min(first + more, len(here))
    stretches = align_words(common, here, first, last)
    covered = [i for stretch in stretches for i in range(stretch.here_first, stretch.here_last)]
    assert covered == [*range(first, last)]


@given(TEXT)
def test_a_text_against_itself_has_no_edit(text):
    assert edits(text, text) == []


@given(TEXT, TEXT)
def test_edits_quote_both_texts_in_order(one, other):
    common, here = split_words(one), split_words(other)
    found = [*find_edits(common, here, align_words(common, here))]
    assert [(edit.first, edit.here_first) for edit in found] == sorted((edit.first, edit.here_first) for edit in found)
    for edit in found:
        assert edit.kind in EDITS
        assert edit.common == common.quote(edit.first, edit.last)
        if edit.here_first < edit.here_last:
            assert edit.here == here.quote(edit.here_first, edit.here_last)
        else:
            assert edit.here == "" or edit.kind == "dots"


def unmark(marked: str) -> str:
    """A marked text as it stands in the letter."""
    return re.sub(r"\{\+(.*?)\+\}", r"\1", re.sub(r"\[-.*?-\]", "", marked))


@given(TEXT, TEXT)
@example("on-the-job training", "on the job training")
@example("a 6-week course", "a six week course")
def test_marks_removed_give_back_the_text(one, other):
    assume(split_words(one).plain or split_words(other).plain)
    assert split_words(unmark(mark(one, other))).plain == split_words(other).plain


@given(TEXT, TEXT)
@example("on-the-job training", "on the job training")
def test_marks_kept_give_back_the_common_form(one, other):
    assume(split_words(one).plain or split_words(other).plain)
    common = re.sub(r"\[-(.*?)-\]", r"\1", re.sub(r"\{\+.*?\+\}", "", mark(one, other)))
    assert split_words(common).plain == split_words(one).plain


def test_nothing_to_mark():
    assert mark("", "") == ""


HOSTILE = st.text("ab<>&\"' \n.-/", max_size=40)


@given(HOSTILE, HOSTILE)
@example("a <ins>b</ins> c", "a <script>c</script> & b")
@example("</del><img src=x onerror=alert(1)>", "a")
def test_html_escapes_all_text(one, other):
    assume(split_words(one).plain or split_words(other).plain)
    text = re.sub(r"</?(?:del|ins)>", "", mark(one, other, html=True))
    assert not re.search("[<>\"']|&(?!lt;|gt;|amp;|quot;|#x27;)", text)
    signs = {"<del>": "[-", "</del>": "-]", "<ins>": "{+", "</ins>": "+}"}
    assert html.unescape(re.sub(r"</?(?:del|ins)>", lambda tag: signs[tag[0]], mark(one, other, html=True))) == mark(one, other)


@given(TEXT, TEXT)
def test_the_best_begins_and_ends_in_agreement(one, other):
    common, here = split_words(one), split_words(other)
    stretches = align_words(common, here)
    best = keep_best(common, here, stretches)
    assert bool(best) == any(stretch.same for stretch in stretches)
    if best:
        assert best[0].same and best[-1].same
        for left, right in zip(best, best[1:]):
            assert (left.last, left.here_last) == (right.first, right.here_first)
        for stretch in best:
            if stretch.same:
                assert common.plain[stretch.first : stretch.last] == here.plain[stretch.here_first : stretch.here_last]


PASSAGE = "exercise of any form is best begun at home and kept up for 6 weeks or more before other means are tried"


@pytest.mark.parametrize("here, kept", [
    (PASSAGE, PASSAGE),
    ("The knee is sore, and home is far. " + PASSAGE + ". He is at home and is tried.", PASSAGE),
    ("As the text says, exercise of any form is best begun at home ... before other means are tried.", "exercise of any form is best begun at home ... before other means are tried"),
    ("exercise of any form is best begun at home and kept up", "exercise of any form is best begun at home and kept up"),
    ("It is kept up for 8 weeks or more before other means are tried", "kept up for 8 weeks or more before other means are tried"),
    ("nothing whatever in common", None),
    ("", None),
])
def test_where_a_passage_stands(here, kept):
    common, words = split_words(PASSAGE), split_words(here)
    best = keep_best(common, words, align_words(common, words))
    assert (words.quote(best[0].here_first, best[-1].here_last) if best else None) == kept


def test_a_passage_that_stands_twice_is_found_once_and_whole():
    common, here = split_words("exercise of any form is best"), split_words("exercise of any form is best, I say: exercise of any form is best")
    best = keep_best(common, here, align_words(common, here))
    assert [(stretch.same, stretch.first, stretch.last) for stretch in best] == [(True, 0, 6)]
