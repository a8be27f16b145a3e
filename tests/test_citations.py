"""Room 04: short texts of our own and what they cite. One row a text: each citation is (kind, title, year, sections, pages) and what else matters."""
from datetime import date

import pytest
from hypothesis import given, settings, strategies as st

from imr_research.citations import check_edition, expand_pages, find_citations, find_cited, load_guidelines, resolve_citation

M, N = "Decision based on MTUS ", "Decision based on Non-MTUS Citation "
CHRONIC = "Chronic Pain Medical Treatment"


def mtus(title, year=None, sections=(), pages=(), **more):
    return {"kind": "MTUS", "title": title, "year": year, "sections": tuple(sections), "pages": tuple(pages), **more}


def other(id=None, sources=(), **more):
    return {"kind": "non_MTUS", "id": id, "sources": tuple(sources), **more}


NOTHING = {"kind": "none"}
LINES = [
    # title and year, with and without sections
    (M + "Low Back Complaints 2004.", [mtus("Low Back Complaints", 2004, id="mtus.low_back.2004")]),
    (M + "Low Back Complaints 2004", [mtus("Low Back Complaints", 2004)]),
    (M + "Knee Complaints 2004, Section(s): Special Studies.", [mtus("Knee Complaints", 2004, ["Special Studies"])]),
    (M + "Knee Complaints 2004, Section(s): Special Studies, Summary.", [mtus("Knee Complaints", 2004, ["Special Studies", "Summary"])]),
    (M + "Chronic Pain Medical Treatment 2016 Guidelines, Section(s): Topical analgesics.", [mtus(CHRONIC, 2016, ["Topical analgesics"], id="mtus.chronic_pain.2016")]),
    (M + "Chronic Pain Medical Treatment Guidelines 2009, Section(s): Opioids, criteria for use.", [mtus(CHRONIC, 2009, ["Opioids, criteria for use"], id="mtus.chronic_pain.2009")]),
    (M + "Stress-Related Conditions 2004.", [mtus("Stress-Related Conditions", 2004)]),
    (M + "Acupuncture Treatment 2007.", [mtus("Acupuncture Treatment", 2007, id="mtus.acupuncture.2007")]),
    # titles with commas and "and" in them
    (M + "Forearm, Wrist, and Hand Complaints 2004.", [mtus("Forearm, Wrist, and Hand Complaints", 2004, id="mtus.forearm.2004")]),
    (M + "Neck and Upper Back Complaints 2004, Section(s): Initial Care.", [mtus("Neck and Upper Back Complaints", 2004, ["Initial Care"])]),
    (M + "Ankle and Foot Complaints 2004, and Forearm, Wrist, and Hand Complaints 2004.", [mtus("Ankle and Foot Complaints", 2004), mtus("Forearm, Wrist, and Hand Complaints", 2004)]),
    # several guidelines
    (M + "Knee Complaints 2004, and Shoulder Complaints 2004.", [mtus("Knee Complaints", 2004), mtus("Shoulder Complaints", 2004)]),
    (M + "Knee Complaints 2004 and Shoulder Complaints 2004.", [mtus("Knee Complaints", 2004), mtus("Shoulder Complaints", 2004)]),
    (M + "Knee Complaints 2004, Section(s): Summary, and Chronic Pain Medical Treatment 2016, Section(s): Physical medicine treatment.",
     [mtus("Knee Complaints", 2004, ["Summary"]), mtus(CHRONIC, 2016, ["Physical medicine treatment"])]),
    (M + "Elbow Complaints 2007, Section(s): 326, Diagnostic Criteria, and Knee Complaints 2004.",
     [mtus("Elbow Complaints", 2007, ["326", "Diagnostic Criteria"], [326], pages_flag="given_as_section"), mtus("Knee Complaints", 2004)]),
    # commas, colons and brackets inside a section's name
    (M + "Chronic Pain Medical Treatment 2016, Section(s): NSAIDs, GI symptoms & cardiovascular risk, Proton Pump Inhibitors (PPIs).",
     [mtus(CHRONIC, 2016, ["NSAIDs, GI symptoms & cardiovascular risk", "Proton Pump Inhibitors (PPIs)"])]),
    (M + "Chronic Pain Medical Treatment 2016, Section(s): TENS, chronic pain (transcutaneous electrical nerve stimulation).",
     [mtus(CHRONIC, 2016, ["TENS, chronic pain (transcutaneous electrical nerve stimulation)"])]),
    (M + "Chronic Pain Medical Treatment 2016, Section(s): Something new (one, two), Exercise.", [mtus(CHRONIC, 2016, ["Something new (one, two)", "Exercise"])]),
    (M + "Postsurgical Treatment 2009, Section(s): Knee, Forearm, Wrist, & Hand.", [mtus("Postsurgical Treatment", 2009, ["Knee", "Forearm, Wrist, & Hand"])]),
    (M + "General Approaches 2004, Section(s): Prevention, General Approach to Initial Assessment and Documentation, Initial Approaches to Treatment.",
     [mtus("General Approaches", 2004, ["Prevention", "General Approach to Initial Assessment and Documentation", "Initial Approaches to Treatment"])]),
    # titles inside section names
    (M + "Opioid Treatment 2016, Section(s): 3.3.9 Opioids for Chronic Pain and Chronic Opioid Treatment: Maintenance of Chronic Opioid Treatment.",
     [mtus("Opioid Treatment", 2016, ["3.3.9 Opioids for Chronic Pain and Chronic Opioid Treatment: Maintenance of Chronic Opioid Treatment"])]),
    (M + "Opioid Treatment 2016, Section(s): 2. Opioids for Subacute Pain, and Chronic Pain Medical Treatment 2016, Section(s): Chronic pain programs, opioids.",
     [mtus("Opioid Treatment", 2016, ["2. Opioids for Subacute Pain"]), mtus(CHRONIC, 2016, ["Chronic pain programs, opioids"])]),
    (M + "Opioid Treatment 2016, Section(s): 3.9 An unknown heading, with a comma, 4.1 Tapering Opioids: Indications for Tapering Opioids.",
     [mtus("Opioid Treatment", 2016, ["3.9 An unknown heading, with a comma", "4.1 Tapering Opioids: Indications for Tapering Opioids"])]),
    # a line's end in a name
    (M + "Chronic Pain Medical Treatment 2016, Section(s): Electro-diagnostic testing (EMG/NCS).", [mtus(CHRONIC, 2016, ["Electrodiagnostic testing (EMG/NCS)"])]),
    (M + "Chronic Pain Medical\nTreatment 2016,\nSection(s): Manual therapy & manipulation.", [mtus("Chronic Pain Medical\nTreatment", 2016, ["Manual therapy & manipulation"], id="mtus.chronic_pain.2016")]),
    # what the letter's author mistyped stays
    (M + "Knee Complaints 2004, Section(s): Intial Care, Diagnostc Criteria.", [mtus("Knee Complaints", 2004, ["Intial Care", "Diagnostc Criteria"])]),
    # 2013 and 2014: no year, pages
    (M + "Chronic Pain Treatment Guidelines Page(s): 125, 126.", [mtus("Chronic Pain Treatment", None, [], [125, 126], id="mtus.chronic_pain.2009")]),
    (M + "Chronic Pain Treatment Guidelines Work conditioning, work hardening Page(s): 125-126.", [mtus("Chronic Pain Treatment", None, ["Work conditioning, work hardening"], [125, 126])]),
    (M + "Chronic Pain Treatment Guidelines Opioids, criteria for use Page(s): 76-80, 91.", [mtus("Chronic Pain Treatment", None, ["Opioids, criteria for use"], [76, 77, 78, 79, 80, 91])]),
    (M + "Chronic Pain Treatment Guidelines Page(s): 125-12.", [mtus("Chronic Pain Treatment", None, [], [125], pages_flag="truncated_range", id="mtus.chronic_pain.2009")]),
    (M + "Chronic Pain Treatment Guidelines.", [mtus("Chronic Pain Treatment", None, [], [], id=None)]),
    (M + "Chronic Pain Treatment Guidelines Topical Analgesics Page(s): 111-113 and Postsurgical Treatment Guidelines Page(s): 10.",
     [mtus("Chronic Pain Treatment", None, ["Topical Analgesics"], [111, 112, 113]), mtus("Postsurgical Treatment", None, [], [10])]),
    (M + "Acupuncture Treatment Guidelines.", [mtus("Acupuncture Treatment", None, id="mtus.acupuncture.2007")]),
    (M + "ACOEM Practice Guidelines, Chapter 12 Page(s): 303-305.", [mtus("ACOEM Practice", None, ["Chapter 12"], [303, 304, 305], chapter="12", id="mtus.low_back.2004")]),
    (M + "Low Back Complaints Page(s): 303-305.", [mtus("Low Back Complaints", None, [], [303, 304, 305], id="mtus.low_back.2004")]),
    (M + "Low Back Complaints Special Studies Page(s): 303-305.", [mtus("Low Back Complaints", None, ["Special Studies"], [303, 304, 305])]),
    (M + "2009 Chronic Pain Medical Treatment Guidelines, Opioids, criteria for use.", [mtus(CHRONIC, 2009, ["Opioids, criteria for use"], id="mtus.chronic_pain.2009")]),
    (M + "Chronic Pain Treatment Guidelines Page(s): 98, 99 of 127.", [mtus("Chronic Pain Treatment", None, [], [98, 99])]),
    (M + "Chronic Pain Treatment Guidelines Page(s): 22 to 24.", [mtus("Chronic Pain Treatment", None, [], [22, 23, 24])]),
    (M + "Chronic Pain Treatment Guidelines Page(s): 9792.24.2, 98-99.", [mtus("Chronic Pain Treatment", None, [], [98, 99])]),
    (M + "Chronic Pain Treatment Guidelines Page(s): N/A.", [mtus("Chronic Pain Treatment", None, [], [])]),
    (M + "Knee Complaints 2004, Section(s): 74-76.", [mtus("Knee Complaints", 2004, ["74-76"], [74, 75, 76], pages_flag="given_as_section")]),
    (M + "Neck and Upper Back Complaints 2004, Low Back Complaints 2004, Section(s): Special Studies.",
     [mtus("Neck and Upper Back Complaints", 2004), mtus("Low Back Complaints", 2004, ["Special Studies"])]),
    (M + "Knee Complaints 2004; Shoulder Complaints 2004.", [mtus("Knee Complaints", 2004), mtus("Shoulder Complaints", 2004)]),
    (M + "Knee Complaints 2004 as well as Shoulder Complaints 2004.", [mtus("Knee Complaints", 2004), mtus("Shoulder Complaints", 2004)]),
    (M + "Knee Complaints 2004. Section(s): Special Studies.", [mtus("Knee Complaints", 2004, ["Special Studies"])]),
    (M + "Knee Complaints2004.", [mtus("Knee Complaints", 2004)]),
    ("Decision based on MTUS.", [mtus(None, quote="MTUS")]),
    # from December 2017
    (M + "Low Back Disorders 2016, Section(s): Diagnostic Testing.", [mtus("Low Back Disorders", 2016, ["Diagnostic Testing"], id="mtus.low_back.2016.acoem")]),
    (M + "Low Back Disorders 2/24/2016.", [mtus("Low Back Disorders", 2016, id="mtus.low_back.2016.acoem")]),
    (M + "Cervical and Thoracic Spine Disorders 2016, and Hip and Groin Disorders 2011.",
     [mtus("Cervical and Thoracic Spine Disorders", 2016, id="mtus.neck.2016.acoem"), mtus("Hip and Groin Disorders", 2011, id="mtus.hip.2011.acoem")]),
    (M + "Hand, Wrist, and Forearm Disorders 2016, Section(s): Carpal tunnel syndrome.", [mtus("Hand, Wrist, and Forearm Disorders", 2016, ["Carpal tunnel syndrome"])]),
    (M + "Opioids 2017, Section(s): Acute pain.", [mtus("Opioids", 2017, ["Acute pain"], id="mtus.opioids.2017")]),
    # a title or an edition that the catalogue does not have stays, unresolved
    (M + "Dental Complaints 2004, Section(s): Summary.", [mtus("Dental Complaints", 2004, ["Summary"], id=None)]),
    (M + "Chronic Pain Medical Treatment 2019.", [mtus(CHRONIC, 2019, id=None)]),
    # MTUS, then something else
    (M + "Knee Complaints 2004. " + N + "Official Disability Guidelines (ODG), Knee & Leg Chapter, MRI.", [mtus("Knee Complaints", 2004), other("odg.knee", ["ODG"], chapter="Knee & Leg", sections=("MRI",))]),
    (M + "Knee Complaints 2004, Section(s): Summary. Decision based on Non-MTUS.", [mtus("Knee Complaints", 2004, ["Summary"]), other(quote="Non-MTUS.")]),
    ("The Claims Administrator based their decision on recommendation(s) outside of the MTUS Guidelines. " + N + "Official Disability Guidelines (ODG).", [other("odg", ["ODG"])]),
    ("The Expert Reviewer based their decision on recommendation(s) outside of the MTUS Guidelines.", [other()]),
    (N + "ODG, Low Back Chapter, Ice packs.", [other("odg.low_back", ["ODG"], quote="ODG, Low Back Chapter, Ice packs.", sections=("Ice packs",))]),
    (N + "Official Disability Guidelines: Neck & Upper Back (Acute & Chronic) Collars.", [other("odg.neck", ["ODG"], sections=("Collars",))]),
    (N + "Official Disability Guidelines (ODG) Pain Chapter (Online Version) Biofreeze (menthol gel).", [other("odg.pain", ["ODG"], sections=("Biofreeze (menthol gel)",))]),
    (N + "Official Disability Guidelines (ODG) CT elbow.", [other("odg", ["ODG"], chapter=None)]),
    (N + "ODG, Knee and leg chapter, MRI.", [other("odg.knee", ["ODG"], sections=("MRI",))]),
    (N + "ODG, Low back, MRI.", [other("odg.low_back", ["ODG"], sections=("MRI",))]),
    (N + "Official Disability Guidelines (ODG), Low Back & Thoracic chapter (Acute & Chronic), Nerve testing.", [other("odg.low_back", ["ODG"], sections=("Nerve testing",))]),
    (N + "ODG, Pain (online version): Physical/Occupational Therapy.", [other("odg.pain", ["ODG"], sections=("Physical/Occupational Therapy",))]),
    (N + "ODG Knee/DME.", [other("odg.knee", ["ODG"], sections=("DME",))]),
    (N + "Official Disability Guidelines (ODG) Pain (Sleep aids).", [other("odg.pain", ["ODG"], sections=("Sleep aids",))]),
    (N + "Official Disability Guidelines (ODG), Neck section, Cold packs.", [other("odg.neck", ["ODG"], sections=("Cold packs",))]),
    (N + "ODG, Head and neck, Physical Therapy.", [other("odg", ["ODG"])]),
    ("Decision based on Non MTUS Citation ODG.", [other("odg", ["ODG"])]),
    (N + "ACOEM Practice Guidelines, 2nd ed., wrist, pg. 12.", [other("acoem", ["ACOEM"])]),
    (N + "American College of Occupational and Environmental Medicine (ACOEM), Chronic Pain.", [other("acoem", ["ACOEM"])]),
    (N + "ACOEM guidelines, and beside them the ODG.", [other("acoem", ["ACOEM", "ODG"])]),
    (N + "http://www.example.org/one, https://www.example.org/two.", [other(None, ["web"])]),
    (N + "Brown A, et al. Splints and sleep. Journal of Wrists. 2011;3:12.", [other(None, ["literature"])]),
    (N + "A Handbook of Hands, 2nd ed.", [other(None, [])]),
    (N + "Medicare Physician Fee Schedule.", [other("cms", ["CMS"])]),
    # nothing, and nothing said
    ("The Claims Administrator did not cite any medical evidence for its decision.", [NOTHING]),
    ("The Expert Reviewer did not cite any medical evidence for its decision.", [NOTHING]),
    ("", []),
]
PROSE = [
    ("The CA MTUS does not address this.", [mtus(None, quote="CA MTUS")]),
    ("MTUS/ACOEM Guidelines state that", [mtus(None, quote="MTUS/ACOEM Guidelines", sources=("MTUS", "ACOEM"))]),
    ("The California MTUS 2016 Chronic Pain Guidelines recommend", [mtus("Chronic Pain", 2016, id="mtus.chronic_pain.2016")]),
    ("per the 2016 MTUS Chronic Pain Guidelines, it", [mtus("Chronic Pain", 2016)]),
    ("see the Chronic Pain Medical Treatment Guidelines, page 98, on", [mtus(CHRONIC, None, (), [98], id="mtus.chronic_pain.2009")]),
    ("see the Chronic Pain Medical Treatment Guidelines (pp. 98-99) on", [mtus(CHRONIC, None, (), [98, 99])]),
    ("according to ACOEM Chapter 12, x-rays", [mtus(None, id="mtus.low_back.2004", chapter="12")]),
    ("the MTUS Guideline in ACOEM Chapter 14, Table 14-5, page 370, says", [mtus(None, None, (), [370], id="mtus.ankle.2004")]),
    ("MTUS/ACOEM (Neck and Upper Back Complaints) guidelines say", [mtus("Neck and Upper Back Complaints", id="mtus.neck.2004")]),
    ("under 8 CCR 9792.24.2 it", [mtus(None, regulation="9792.24.2")]),
    ("under section 9792.24.3(a) it", [mtus(None, regulation="9792.24.3", id="mtus.postsurgical.2009")]),
    ("The ACOEM Guidelines state", [other("acoem", ["ACOEM"])]),
    ("The Official Disability Guidelines (ODG) recommend", [other("odg", ["ODG"], quote="Official Disability Guidelines (ODG)")]),
    ("Per the ODG, Neck and Upper Back chapter, manipulation", [other("odg.neck", ["ODG"])]),
    ("The MTUS and ODG are silent.", [mtus(None, quote="MTUS"), other("odg", ["ODG"], quote="ODG")]),
    ("(White, 2004) (Li, 2005)", [other(None, ["literature"], year=2004), other(None, ["literature"], year=2005)]),
    ("as shown (Fritz, 2007) ODG Preface", [other(None, ["literature"], quote="(Fritz, 2007)"), other("odg", ["ODG"], quote="ODG")]),
    ("as shown (Brown et al., 2011), so", [other(None, ["literature"], year=2011)]),
    ("see www.example.org/knee.", [other(None, ["web"], quote="www.example.org/knee")]),
    ("the MTUS Drug Formulary lists it", [mtus("Drug Formulary", id="mtus.formulary")]),
    ("the MTUS Chronic Pain Guidelines, p. 98, say", [mtus("Chronic Pain", None, (), [98])]),
    ("the Chronic Pain Medical Treatment Guidelines (2009), pages 98-99", [mtus(CHRONIC, 2009, (), [98, 99])]),
    ("per ACOEM (2004), Chapter 12, it", [mtus(None, 2004, id="mtus.low_back.2004")]),
    ("per ACOEM 2nd edition chapter 12, it", [mtus(None, id="mtus.low_back.2004")]),
    ("The claims administrator did not cite any medical evidence for its denial. The MTUS, Low Back Complaints chapter 12, allows it.", [mtus("Low Back Complaints", id="mtus.low_back.2004")]),
    # look-alikes that cite nothing
    ("The guidelines do not support the request.", []),
    ("He has had chronic pain since 2016 and takes opioids.", []),
    ("Acupuncture treatment in 2007 helped; opioid treatment did not.", []),
    ("See page 98 of the records (May, 12).", []),
    ("The knee and leg chapter of his life.", []),
]


@pytest.mark.parametrize("text, expected", LINES + PROSE, ids=lambda value: value[:60] if isinstance(value, str) else "")
def test_citations(text, expected):
    found = find_citations(text, 1000)
    got = [{name: resolve_citation(citation) if name == "id" else getattr(citation, name) for name in wanted} for citation, wanted in zip(found, expected)]
    assert len(found) == len(expected) and got == expected
    assert all(text[citation.start - 1000:citation.end - 1000] == citation.quote for citation in found)


def test_there_are_at_least_sixty():
    assert len(LINES + PROSE) >= 60


@pytest.mark.parametrize("guideline", load_guidelines(), ids=lambda guideline: guideline.id)
def test_each_row_matches_its_example_and_not_its_counter_example(guideline):
    assert guideline.id in [resolve_citation(citation) for citation in find_citations(guideline.example)]
    assert guideline.id not in [resolve_citation(citation) for citation in find_citations(guideline.counter_example)]


def test_editions_follow_each_other_without_overlap():
    by_title = {}
    for guideline in load_guidelines():
        if guideline.edition and guideline.valid_from:
            by_title.setdefault(guideline.title, []).append(guideline)
    for editions in by_title.values():
        for earlier, later in zip(editions, editions[1:]):
            assert earlier.valid_to < later.valid_from, later.id


@pytest.mark.parametrize("id, on, flag", [
    ("mtus.chronic_pain.2009", date(2016, 7, 27), None), ("mtus.chronic_pain.2009", date(2016, 7, 28), "superseded"),
    ("mtus.chronic_pain.2016", date(2016, 7, 27), "not_yet_in_force"), ("mtus.chronic_pain.2016", date(2016, 7, 28), None),
    ("mtus.low_back.2016.acoem", date(2017, 11, 30), "not_yet_in_force"), ("mtus.low_back.2004", date(2017, 12, 1), "superseded"),
    ("odg", date(2016, 7, 28), None), (None, date(2016, 7, 28), None), ("mtus.chronic_pain.2009", None, None),
])
def test_editions_in_force(id, on, flag):
    assert check_edition(id, on) == flag


def test_each_side_is_judged_by_its_own_date():
    line, early, late = M + "Chronic Pain Medical Treatment 2009.", date(2016, 7, 1), date(2016, 8, 1)
    administrator, = find_cited(line, 0, "claims_administrator", early, late)
    reviewer, = find_cited(line, 0, "reviewer", early, late)
    assert (administrator.edition_flag, administrator.judged_by) == (None, "ur_denial_date")
    assert (reviewer.edition_flag, reviewer.judged_by) == ("superseded", "decision_date")
    alone, = find_cited(line, 0, "reviewer", late, None)
    assert (alone.edition_flag, alone.judged_by) == ("superseded", "ur_denial_date")


@pytest.mark.parametrize("words, pages, flag", [("98", (98,), None), ("98-99", (98, 99), None), ("98 - 99", (98, 99), None), ("98, 98", (98,), None), ("99-98", (99,), "truncated_range"),
                                                ("1-5000", (1,), "implausible_range"), ("", (), None)])
def test_pages(words, pages, flag):
    assert expand_pages(words) == (pages, flag)


def test_quotes_are_escaped_where_they_become_html():
    cited, = find_cited(N + "<script>alert(1)</script> & more.", 0, "reviewer")
    assert "<script>" not in cited._repr_html_() and "reviewer" in cited._repr_html_()



PIECES = ["MTUS ", "Guidelines ", M, N, "Decision based on ", "Knee Complaints ", "2004", ", ", ". ", "; ", " and ", "Section(s): ", "Page(s): ", "125-12", "page 98", "(", ")", "ODG ", "Low Back Chapter", "ACOEM ",
          "Chapter 12", "9792.24.2", "The Expert Reviewer ", "did not cite any ", "medical evidence", "based their decision on recommendation(s) ", "outside of the MTUS Guidelines", "Forearm, Wrist, and ", "(White, 2004)",
          "www.", "http://x.org", "3.3.9 Opioids ", "\n\n", "é", "of 127", "California ", "1-9999", "Non-MTUS"]


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_no_text_raises_and_every_quote_stands_at_its_place(text):
    for cited in find_cited(text, 7, "reviewer", date(2017, 1, 1)):
        citation = cited.citation
        assert citation.quote and text[citation.start - 7:citation.end - 7] == citation.quote
        assert cited.guideline_id is None or cited.guideline.id == cited.guideline_id
        cited._repr_html_()
