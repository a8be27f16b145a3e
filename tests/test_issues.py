"""Rooms 01 to 03: bulk tables of (text, expected)."""
from datetime import date

import pytest
from conftest import ROOT
from hypothesis import given, settings, strategies as st

from imr_research.case import find_header, find_patient, find_reviewer, find_summary_date
from imr_research.issues import find_issues, find_requests
from imr_research.letter import LetterError, read_letter
from imr_research.sections import Section, find_layout, split_sections
from imr_research.tables import check_tables, letter_rows, make_tables, parse_letter

INVENTED = read_letter(ROOT / "data/invented/D2-two-issues.pdf")


def whole(text: str, name: str = "summary") -> Section:
    return Section(name, 0, len(text), 0)


@pytest.mark.parametrize("text, age, sex", [
    ("The worker is a 47 year old male who", 47, "male"),
    ("This concerns a now 41-year-old female with", 41, "female"),
    ("A 59 year old female worker slipped", 59, "female"),
    ("is a(n) 60 year old, left hand dominant woman", 60, "female"),
    ("The claimant is a 61-year old gentleman", 61, "male"),
    ("a 33 y/o M with neck pain", 33, "male"),
    ("The patient, aged 27, is a man who", 27, "male"),
    ("This is a 56 year old patient. Pain for 10 years.", 56, None),
    ("The female patient has had pain for 12 years.", None, "female"),
    ("The worker has had this pain for 10 years.", None, None),
    ("A 3-year-old claim. She is in pain.", None, None),
    ("He has a 10 year old injury. The patient is a 56 year old male.", 56, "male"),
    ("The worker's 12 year old daughter drove. The claimant is a 56 year old woman", 56, "female"),
    ("The female patient is 56 years old. Her husband, a man of 60, drove.", 56, "female"),
    ("The patient is male, 56 years of age.", 56, "male"),
    ("a 56 year old patient whose wife, a woman of 50, drove", 56, None),
    ("The 56 year old worker. A male therapist treated her.", 56, None),
    ("This is a 44 year old Female.", 44, "female"),
    ("This is a patient with a date of injury of 4/25/11.", None, None),
])
def test_age_and_sex(text, age, sex):
    found = find_patient(text, whole(text))
    assert tuple(value and value.value for value in found.values()) == (age, sex)


@pytest.mark.parametrize("text, expected", [
    ("sustained a work related injury on 11/7/2012Patient", date(2012, 11, 7)),
    ("a patient with a date of injury of 4/25/11. A", date(2011, 4, 25)),
    ("an injury at work on October 2, 2015. The", date(2015, 10, 2)),
    ("with an injury date of 11-4-2015.", date(2015, 11, 4)),
    ("an occupational claim from 10/9/ 2015. The", date(2015, 10, 9)),
    ("a work injury October 9, 2015.", date(2015, 10, 9)),
    ("DOI: 03/02/1998", date(1998, 3, 2)),
    ("The injured worker was evaluated by Dr. A. on 10-19-16", None),
    ("The injury was seen on 13/45/2016.", None),
    ("His neck hurts since 10/10/2016.", None),
    ("He had surgery for the injury on 5/6/14", None),
    ("A re-injury on 3/3/15.", None),
    ("prior injury on 1/1/1999. He has a date of injury of 4/4/2013", date(2013, 4, 4)),
    ("denied the claim on 3/3/17. He was injured on 1/17/17", date(2017, 1, 17)),
    ("hurt in an accident on Jan. 17, 2017", date(2017, 1, 17)),
])
def test_date_of_injury_in_the_summary(text, expected):
    value = find_summary_date("date_of_injury", text, whole(text))
    assert (value and value.value) == expected


@pytest.mark.parametrize("text, expected", [
    ("A utilization review determination dated 7/5/13 recommends", date(2013, 7, 5)),
    ("Utilization Review on 12-2-15 refused the request", date(2015, 12, 2)),
    ("In a utilization review letter dated November 7, 2015, the", date(2015, 11, 7)),
    ("The UR dated 1-8-17 denied", date(2017, 1, 8)),
    ("Utilization review denied it. On 1-8-17 he", None),
])
def test_date_of_utilization_review_in_the_summary(text, expected):
    value = find_summary_date("ur_denial_date", text, whole(text))
    assert (value and value.value) == expected


HEADERS = {
    "row by row": "Case Number: CM00-0000001 Date Assigned: 03/06/2017 Date of Injury: 01/17/2017 Decision Date: 03/30/2017 UR Denial Date: 02/20/2017 Priority: Standard Application Received: 02/27/2017",
    "column by column": "Case Number: Date Assigned: Decision Date: Priority:\n\nCM00-0000001 03/06/2017 03/30/2017 Standard\n\nDate of Injury: UR Denial Date: Application Received:\n\n01/17/2017 02/20/2017 02/27/2017",
    "a value inside its label": "Case Number: CM00-0000001 Date Assigned: 03/06/2017 Date of Injury: 01/17/2017 Decision Date: 03/30/2017 UR Denial Date: 02/20/2017 Priority: Standard Application 02/27/2017 Received:",
    "labels in other letters": "CASE NUMBER: CM00-0000001 Date assigned: 03/06/2017 Date of injury: 01/17/2017 Decision date: 03/30/2017 UR denial date: 02/20/2017 Priority: standard Application received: 02/27/2017",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_header(text):
    found = find_header(text, whole(text, "header"))
    assert {field: value.value for field, value in found.items()} == {
        "case_number": "CM00-0000001", "date_assigned": date(2017, 3, 6), "date_of_injury": date(2017, 1, 17), "decision_date": date(2017, 3, 30),
        "ur_denial_date": date(2017, 2, 20), "priority": "Standard", "application_received": date(2017, 2, 27)}
    assert all(text[value.start:value.end] == value.quote for value in found.values())


@pytest.mark.parametrize("text, expected", [
    ("Date Assigned: Date of Injury: 01/17/2017 Decision Date: 13/45/2017 Priority: N/A", {"date_of_injury": date(2017, 1, 17)}),
    ("Case Number: Date Assigned: Date of Injury: CM00-0000001 03/06/2017", {}),
    ("Case Number: CM00-1 Date Assigned: soon", {}),
])
def test_header_with_holes(text, expected):
    assert {field: value.value for field, value in find_header(text, whole(text, "header")).items() if value} == expected


@pytest.mark.parametrize("text, licensure, specialties, subspecialties", [
    ("State(s) of Licensure: California,Texas,Florida Certification(s)/Specialty: Anesthesiology, Pain Management\n\nNext, please",
     ["California", "Texas", "Florida"], ["Anesthesiology", "Pain Management"], []),
    ("State(s) of Licensure: California\n\nCertification(s)/Specialty: Public Health & General Preventive Medicine",
     ["California"], ["Public Health & General Preventive Medicine"], []),
    ("The expert reviewer is Board Certified in Family Practice, has a subspecialty in ENTER SUBSPECIALTY and is licensed to practice in California. He/she",
     ["California"], ["Family Practice"], []),
    ("is Board Certified in Physical Medicine and Rehabilitation, has a subspecialty in Pain Management and is licensed to practice in California and Nevada. He",
     ["California", "Nevada"], ["Physical Medicine and Rehabilitation"], ["Pain Management"]),
    ("is Board Certified in Chiropractic and is licensed to practice in California.", ["California"], ["Chiropractic"], []),
    ("Nothing is said of the reviewer.", [], [], []),
])
def test_reviewer(text, licensure, specialties, subspecialties):
    found = find_reviewer(text, whole(text, "determination"))
    assert [[item.value for item in items] for items in found.values()] == [licensure, specialties, subspecialties]


PARTIAL = "was authorized by the Claims Administrator. The remaining IMR eligible portion of the original request"


@pytest.mark.parametrize("heading, request_, original, authorized", [
    ("MRI of the left knee", "MRI of the left knee", None, None),
    ("Labs: CBC:", "Labs: CBC", None, None),
    ("Capsules of 4 mg, to be taken as is is:", "Capsules of 4 mg, to be taken as is", None, None),
    (f"Visits, #8 was the original request. Visits, #6 {PARTIAL}, Visits, #2 is:", "Visits, #2", "Visits, #8", "Visits, #6"),
    ("Visits, #6 was authorized by the Claims Administrator. Visits, #8 was the original request. The remaining IMR eligible portion of the original request, Visits, #2 is:",
     "Visits, #2", "Visits, #8", "Visits, #6"),
    (f"X-rays (2 views) were the original request. One X-ray {PARTIAL} is for one X-ray:", "one X-ray", "X-rays (2 views)", "One X-ray"),
    ("Cream 0.025% 60 g was the original request. The Claims Administrator authorized Cream 0.025% 30 g, leaving the original request IMR eligible. "
     "The original request, cream 0.025% 60 g is:", "cream 0.025% 60 g", "Cream 0.025% 60 g", "Cream 0.025% 30 g"),
    (f"Visits, #8 was the original request. Visits, #6 {PARTIAL} is Visits, #2:", "Visits, #2", "Visits, #8", "Visits, #6"),
    ("Visits, #8 was the original request. Visits, #6 was partially authorized by the claims administrator. The remaining IMR eligible portions of the original request, Visits, #2, are:",
     "Visits, #2", "Visits, #8", "Visits, #6"),
    ("Visits, #8 was originally requested. Visits, #6 has been authorized by the Claims Administrator. The remaining request, Visits, #2:", "Visits, #2", "Visits, #8", "Visits, #6"),
    ("Visits, #8 was the original request. The Claims Administrator approved Visits, #6. The remaining portion of the original request, Visits, #2 is:", "Visits, #2", "Visits, #8", "Visits, #6"),
    ("Visits, #8 was the original request. Visits, #6 was authorized by the Claims Administrator, and the remaining request, Visits, #2 is:", "Visits, #2", "Visits, #8", "Visits, #6"),
    ("The Claims Administrator authorized 6 visits, leaving the original request IMR eligible. The original request, 12 visits is:", "12 visits", None, "6 visits"),
    ("1. MRI of the left knee:", "MRI of the left knee", None, None),
    ("2) 5 visits:", "2) 5 visits", None, None),
    ("The remaining six visits:", "The remaining six visits", None, None),
    ("A brace was the original request. The Claims Administrator authorized a sling leaving the original request IMR eligible. The original request, a brace is:",
     "a brace", "A brace", "a sling"),
])
def test_requests(heading, request_, original, authorized):
    found = find_requests(heading, 0, len(heading))
    assert [found[field] and found[field].value for field in ["request", "original_request", "authorized_request"]] == [request_, original, authorized]
    assert all(heading[value.start:value.end] == value.quote for value in found.values() if value)


def issues_of(text: str):
    letter = read_letter(text, "test")
    return find_issues(letter, split_sections(letter))


HEAD = "IMR ISSUES, DECISIONS AND RATIONALES\n\nThe Final Determination was based on decisions for the disputed items/services set forth below:\n\n"
ADMIN = "Claims Administrator guideline: The Claims Administrator did not cite any medical evidence for its decision."
REST = ADMIN + "\n\nMAXIMUS guideline: Decision based on MTUS Knee Complaints 2004.\n\nDecision rationale: It is not needed."


@pytest.mark.parametrize("body, requests, decisions", [
    (f"A brace: Upheld\n\n{REST}", ["A brace"], ["Upheld"]),
    (f"A brace:\nUpheld\n\n{REST}\n\nA cane: Overturned\n\n{REST}", ["A brace", "A cane"], ["Upheld", "Overturned"]),
    (f"A brace: Overturned in part\n\n{REST}", ["A brace"], ["Overturned in Part"]),
    (f"A brace: Upheld {REST}", ["A brace"], ["Upheld"]),
    (f"Labs: CBC: Upheld\n\n{REST}", ["Labs: CBC"], ["Upheld"]),
    ("A sling, 2 pieces was the original request. A sling, 1 piece was authorized by the Claims Administrator.\n\nThe remaining IMR eligible portion of the original request, "
     f"a sling, 1 piece is: Upheld\n\n{REST}", ["a sling, 1 piece"], ["Upheld"]),
    (f"A brace - Upheld.\n\n{REST}", ["A brace"], ["Upheld"]),
    (f"A brace is Upheld\n\n{REST}", ["A brace"], ["Upheld"]),
    (f"A brace: Upheld\n\n{REST.replace('MAXIMUS guideline', 'Maximus guideline').replace('Administrator guideline', 'Administrator’s guideline')}", ["A brace"], ["Upheld"]),
    (f"A brace: UPHELD\n\n{REST.replace('Decision rationale', 'DECISION RATIONALE')}", ["A brace"], ["Upheld"]),
    # headings that look like the second half of one
    *((f"A brace: Upheld\n\n{REST}\n\n{heading}: Upheld\n\n{REST}", ["A brace", request], ["Upheld", "Upheld"]) for heading, request in [
        ("The Claims Administrator authorized 6 visits, leaving the original request IMR eligible. The original request, 12 visits is", "12 visits"),
        ("Visits, #6 was authorized by the Claims Administrator. Visits, #8 was the original request. The remaining IMR eligible portion of the original request, Visits, #2 is", "Visits, #2"),
        ("The remaining six visits of physical therapy", "The remaining six visits of physical therapy"),
        ("The original Medicare brace, right knee", "The original Medicare brace, right knee")]),
    # a decision's word in the rationale, at the end of a paragraph, opens no issue
    (f"A brace: Upheld\n\n{REST} The earlier decision was: Overturned\n\nNothing changed.\n\nA cane: Upheld\n\n{REST}", ["A brace", "A cane"], ["Upheld", "Upheld"]),
])
def test_headings(body, requests, decisions):
    issues, faults = issues_of(HEAD + body)
    assert [issue.request.value for issue in issues] == requests and [issue.decision.value for issue in issues] == decisions
    assert not faults


def test_a_rationale_keeps_all_its_paragraphs():
    issues, _ = issues_of(f"{HEAD}A brace: Upheld\n\n{REST}\n\nSecond: one.\n\n1) third.\n\nA cane: Upheld\n\n{REST}")
    assert issues[0].rationale.value == "It is not needed.\n\nSecond: one.\n\n1) third."


@pytest.mark.parametrize("body, reason", [
    ("Nothing here.", "no decision was found"),
    (f"A brace: Dismissed\n\n{REST}", 'no decision stands before this guideline line: "A brace: Dismissed"'),
    (f"A brace: Upheld\n\n{ADMIN}", "issue 1 has no rationale"),
    (f"A brace: Upheld\n\n{REST[:-6]}", 'issue 1 stops in mid-rationale: "...It is not n"'),
    (f"A brace: Upheld\n\n{REST} A cane: Upheld\n\n{REST}", "the heading of issue 2 does not stand apart"),
    (f"A brace: Upheld\n\n{REST}\n\nIt is not medically necessary. A cane: Upheld\n\n{REST}", "the heading of issue 2 does not stand apart"),
    (f"A brace: Upheld\n\n{REST}\n\nA crutch: Upheld\n\nA cane: Upheld\n\n{REST}", "a decision without a rationale stands at the end of issue 1"),
    (f"A brace: Upheld\n\n{REST}\n\nMRI,\n\nwithout contrast: Upheld\n\n{REST}", "issue 1 ends without a full stop"),
    (f"A brace (left to the Claims Administrator): Upheld\n\n{REST}", "the request of issue 1 could not be taken apart"),
])
def test_faults(body, reason):
    assert any(reason in fault.reason for fault in issues_of(HEAD + body)[1])


def test_a_heading_without_a_decision_ends_the_issue_before_it():
    issues, faults = issues_of(f"{HEAD}A brace: Upheld\n\n{REST}\n\nA cane: Dismissed\n\n{REST}\n\nA sling: Overturned\n\n{REST}")
    assert [(issue.number, issue.request.value, issue.rationale.value) for issue in issues] == [(1, "A brace", "It is not needed."), (2, "A sling", "It is not needed.")]
    assert len(faults) == 1 and "A cane: Dismissed" in faults[0].reason


@pytest.mark.parametrize("words", ["As to the Claims Administrator guideline: it was ODG. That is not enough.", "The denial is: Upheld", 'He wrote "MAXIMUS guideline: none". It is not needed.'])
def test_a_last_rationale_may_quote_labels_and_decisions(words):
    issues, faults = issues_of(f"{HEAD}A brace: Upheld\n\n{REST[:-len('It is not needed.')]}{words}")
    assert [issue.rationale.value for issue in issues] == [words]


@pytest.mark.parametrize("order", [[1, 0, 2], [2, 0, 1], [0, 2, 1]])
def test_the_labels_may_stand_in_any_order(order):
    parts = REST.split("\n\n")
    issues, faults = issues_of(f"{HEAD}A brace: Upheld\n\n" + "\n\n".join(parts[i] for i in order) + f"\n\nA cane: Upheld\n\n{REST}")
    assert not faults and [(issue.request.value, issue.rationale.value) for issue in issues] == [("A brace", "It is not needed."), ("A cane", "It is not needed.")]


def test_two_letters_in_one_file_are_reported():
    parsed = parse_letter((INVENTED.text + "\n\n" + INVENTED.text).encode())
    assert any("two letters in one file" in fault.reason for fault in parsed.faults)


def test_layouts():
    assert find_layout(INVENTED)[0].name == "D2"
    assert [section.name for section in split_sections(INVENTED)] == ["header", "determination", "summary", "issues"]
    without = read_letter(INVENTED.text[INVENTED.text.index("HOW THE"):], "without header")
    assert [section.name for section in split_sections(without)][0] == "determination"
    assert parse_letter(without).case.flags == ("no_header",)


@pytest.mark.parametrize("text, words", [
    ("Dear Sir,\nan invoice.", "no IMR letter"),
    ("HOW THE IMR FINAL DETERMINATION WAS MADE\n\nDOCUMENTS REVIEWED\n\nCLINICAL CASE SUMMARY", "no known layout"),
])
def test_unknown_layouts_are_named(text, words):
    with pytest.raises(LetterError, match=words):
        split_sections(read_letter(text, "test"))


def test_the_two_sample_letters():
    work_conditioning, work_hardening = (parse_letter(path) for path in sorted((ROOT / "data/letters").glob("*.txt")))
    case = work_conditioning.case
    assert (case.age.value, case.sex.value, case.date_of_injury.value) == (56, "female", date(2012, 11, 7))
    assert [item.value for item in case.specialties + case.licensure] == ["Family Practice", "California"] and case.subspecialties == ()
    assert "placeholder_left" in case.flags and "no_header" in case.flags
    case = work_hardening.case
    assert (case.age, case.sex, case.date_of_injury.value, case.ur_denial_date.value) == (None, None, date(2011, 4, 25), date(2013, 7, 5))
    assert [item.value for item in case.specialties + case.subspecialties] == ["Physical Medicine and Rehabilitation", "Pain Management"]
    for parsed, words in [(work_conditioning, ("Per the CA MTUS guidelines", "is not fully established in this patient.")),
                          (work_hardening, ("Regarding the request for WORK", "X3WKS is not medically necessary."))]:
        issue, = parsed.issues
        assert issue.decision.value == "Upheld" and issue.rationale.value.startswith(words[0]) and issue.rationale.value.endswith(words[1])
        assert not parsed.faults


PIECES = [HEAD, REST, ADMIN, "A brace: Upheld", "A cane: Overturned", ": Upheld", "\n\n", "\n", " ", ". ", "Decision rationale: ", "MAXIMUS guideline: ", "Claims Administrator guideline: ", "was the original request. ",
          "was authorized by the Claims Administrator. ", "The remaining IMR eligible portion of the original request, ", "The Claims Administrator authorized 6, ", "is: ", "CLINICAL CASE SUMMARY", "Case Number: CM00-0000001 ",
          "Date of Injury: 01/17/2017", "HOW THE IMR FINAL DETERMINATION WAS MADE", "The Expert Reviewer has the following credentials:", "State(s) of Licensure: California", "a 56 year old man ", "injury on 1/17/17", "\f",
          "1) MAXIMUS Federal Services, Inc. has determined the request for a cane is not medically necessary and appropriate. ", "Notice of Independent Medical Review Determination", "Dated: 9/6/2013 ", "IMR DECISION(S) AND RATIONALE(S)",
          "MEDICAL PROFESSIONAL REVIEW", "ISSUE AT DISPUTE:", "CASE SUMMARY:", "RATIONALE FOR WHY THE REQUESTED TREATMENT/SERVICE IS/WAS NOT MEDICALLY NECESSARY:", "1. ", "(2) ", "Regarding the request for a cane: ", "Rationale for the Decision: ",
          "The Claims Administrator based its decision on the MTUS. ", "The Expert Reviewer based his/her decision on the ODG, which is not part of the MTUS. ", "Claim Number: 1 ", "Medical Qualifications of the Expert Reviewer:", "Effect of the Decision:",
          "ENTER SUBSPECIALTY", "12 visits ", "2x6", "Norco 5mg #60", "é", "(", "3 times a week "]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_nothing_raises_but_the_documented_error_and_all_rows_keep_the_contract(text):
    try:
        parsed = parse_letter(("x" + text).encode())
    except LetterError:
        return
    check_tables(make_tables([letter_rows(parsed)]))
    assert parsed.issues or parsed.faults
