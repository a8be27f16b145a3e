"""Room 03, requests: phrases of our own and what they ask for. Of amounts everything is compared; of the rest what the row names."""
import csv

import pytest
from conftest import ROOT

from imr_research.case import Value
from imr_research.requests import find_drugs, find_request, load_drugs, load_treatments

PT, OT = ("Rehabilitation", "Physical Therapy/Occupational Therapy (PT/OT)"), ("Rehabilitation", "Other Therapies")
CHIRO, ACU = ("Rehabilitation", "Chiropractic"), ("Rehabilitation", "Acupuncture")
RADIOLOGY, NERVES = ("Diagnostic Testing", "Radiology"), ("Diagnostic Testing", "EMG/NCV/NCS")
LAB, TESTS = ("Diagnostic Testing", "Lab & Pathology"), ("Diagnostic Testing", "Other Diagnostic Tests")
DME, STIM, ORTHO, SUPPLIES = (("DMEPOS", sub) for sub in ["DME", "Electrical Stimulation", "Prosthetics/Orthotics", "Supplies"])
MEDICAL, HOME, PROGRAM = ("Evaluation & Management", "Medical Specialties"), ("Home Health", "Home Health"), ("Programs", "Programs")
INJECTION, FACET = ("Injection", "Injection"), ("Injection", "Facet Injection")
PSYCH, TALK = ("Psych Services", "Evaluation & Management"), ("Psych Services", "Therapies")
SPINE, SCOPE, OPEN, CONSULT, ADJUNCT = (("Surgery", sub) for sub in ["Spine", "Arthroscopic Surgery", "Non-arthroscopic Surgery", "Surgical Consult", "Adjunct Surgical Services"])
THERAPIES, RIDES = ("Therapies", "Other Therapies"), ("Transportation", "Transportation")


def drug(drug_class, **more):
    return ("Pharmaceuticals", drug_class), {"drug_class": drug_class} | more


AMOUNTS = ["per_week", "weeks", "visits", "visits_source", "hours", "quantity", "refills"]
PHRASES = [
    # frequency and duration in every spelling
    ("Physical therapy 2 times a week for 6 weeks", PT, dict(per_week=(2, 2), weeks=(6, 6), visits=(12, 12), visits_source="computed")),
    ("Physical therapy 2-3 times a week for 6 weeks", PT, dict(per_week=(2, 3), weeks=(6, 6), visits=(12, 18), visits_source="computed")),
    ("Physical therapy 2 to 3 times per week for 4 to 6 weeks", PT, dict(per_week=(2, 3), weeks=(4, 6), visits=(8, 18), visits_source="computed")),
    ("PT 3x/week x 4 weeks", PT, dict(per_week=(3, 3), weeks=(4, 4), visits=(12, 12), visits_source="computed")),
    ("PT 3XWK X3WKS", PT, dict(per_week=(3, 3), weeks=(3, 3), visits=(9, 9), visits_source="computed")),
    ("PT 3 times per week for 3 weeks", PT, dict(per_week=(3, 3), weeks=(3, 3), visits=(9, 9), visits_source="computed")),
    ("Physical therapy two times a week times six weeks", PT, dict(per_week=(2, 2), weeks=(6, 6), visits=(12, 12), visits_source="computed")),
    ("Physical therapy twice a week for five weeks", PT, dict(per_week=(2, 2), weeks=(5, 5), visits=(10, 10), visits_source="computed")),
    ("Physical therapy twice weekly x 4 wks", PT, dict(per_week=(2, 2), weeks=(4, 4), visits=(8, 8), visits_source="computed")),
    ("Physical therapy once a week for 8 weeks", PT, dict(per_week=(1, 1), weeks=(8, 8), visits=(8, 8), visits_source="computed")),
    ("Physical therapy three times weekly for one month", PT, dict(per_week=(3, 3), weeks=(4, 4), visits=(12, 12), visits_source="computed")),
    ("Physical therapy 2 visits per week for 3 weeks", PT, dict(per_week=(2, 2), weeks=(3, 3), visits=(6, 6), visits_source="computed")),
    ("Physical therapy 2 sessions a week over 3 weeks", PT, dict(per_week=(2, 2), weeks=(3, 3), visits=(6, 6), visits_source="computed")),
    ("Physical therapy 5 days a week for 2 weeks", PT, dict(per_week=(5, 5), weeks=(2, 2), visits=(10, 10), visits_source="computed")),
    ("Physical therapy 2x6", PT, dict(per_week=(2, 2), weeks=(6, 6), visits=(12, 12), visits_source="computed")),
    ("Physical therapy 2 x 6 for the neck", PT, dict(per_week=(2, 2), weeks=(6, 6), visits=(12, 12), visits_source="computed")),
    ("Physical therapy 1 times 8 for the jaw", PT, dict(per_week=(1, 1), weeks=(8, 8), visits=(8, 8), visits_source="computed")),
    ("Physical therapy 3 x 4 weeks", PT, dict(per_week=(3, 3), weeks=(4, 4), visits=(12, 12), visits_source="computed")),
    ("Acupuncture weekly for 6 weeks", ACU, dict(per_week=(1, 1), weeks=(6, 6), visits=(6, 6), visits_source="computed")),
    ("Psychotherapy once a month for 6 months", TALK, dict(per_week=(.25, .25), weeks=(24, 24), visits=(6, 6), visits_source="computed")),
    ("Physical therapy 2 times a week", PT, dict(per_week=(2, 2))),
    ("Physical therapy for 6 weeks", PT, dict(weeks=(6, 6))),
    # totals
    ("Physical therapy 6 sessions", PT, dict(visits=(6, 6), visits_source="stated")),
    ("Six physical therapy visits", PT, dict(visits=(6, 6), visits_source="stated")),
    ("Twelve (12) physical therapy visits", PT, dict(visits=(12, 12), visits_source="stated")),
    ("Physical therapy, 12-18 sessions", PT, dict(visits=(12, 18), visits_source="stated")),
    ("Additional 8 sessions of physical therapy", PT, dict(visits=(8, 8), visits_source="stated")),
    ("Physical therapy 2 times a week for 6 weeks (12 sessions)", PT, dict(per_week=(2, 2), weeks=(6, 6), visits=(12, 12), visits_source="stated")),
    ("Physical therapy 2 times a week for 2 weeks (4)", PT, dict(per_week=(2, 2), weeks=(2, 2), visits=(4, 4), visits_source="stated")),
    ("Physical therapy 3 times a week for 4 weeks (10)", PT, dict(per_week=(3, 3), weeks=(4, 4), visits=(10, 10), visits_source="stated")),
    ("Physical therapy, three times five visits (15)", PT, dict(visits=(15, 15), visits_source="stated")),
    ("Twelve physical therapy sessions, three times weekly", PT, dict(per_week=(3, 3), visits=(12, 12), visits_source="stated")),
    ("Chiropractic sessions for the neck, #8", CHIRO, dict(visits=(8, 8), visits_source="stated")),
    ("Chiropractic treatment times 6", CHIRO, dict(visits=(6, 6), visits_source="stated")),
    ("Chiropractic treatment x 12", CHIRO, dict(visits=(12, 12), visits_source="stated")),
    ("Acupuncture QTY: 6", ACU, dict(visits=(6, 6), visits_source="stated")),
    ("Two PT visits for the back and eight PT visits for the wrist", PT, dict(visits=(10, 10), visits_source="stated")),
    ("Follow-up visit times 3", MEDICAL, dict(visits=(3, 3), visits_source="stated")),
    ("Acupuncture (unspecified quantity)", ACU, {}),
    ("Unknown acupuncture sessions", ACU, {}),
    # hours
    ("WORK HARDENING PROGRAM 4 HOURS A DAY 3XWK X3WKS", PROGRAM, dict(per_week=(3, 3), weeks=(3, 3), visits=(9, 9), visits_source="computed", hours=36, treatment="work hardening")),
    ("Work conditioning 2 times a week for 5 weeks for the lumbar spine (10 sessions)", PROGRAM,
     dict(per_week=(2, 2), weeks=(5, 5), visits=(10, 10), visits_source="stated", body_region=["lumbar"], treatment="work conditioning")),
    ("Functional restoration program, 80 hours", PROGRAM, dict(hours=80)),
    ("Functional restoration program 6 hours per day, 5 days per week for 4 weeks", PROGRAM, dict(per_week=(5, 5), weeks=(4, 4), visits=(20, 20), visits_source="computed", hours=120)),
    ("Home health aide 4 hours a day, 3 days a week for 6 weeks", HOME, dict(per_week=(3, 3), weeks=(6, 6), visits=(18, 18), visits_source="computed", hours=72)),
    ("Home health care for 4 weeks", HOME, dict(weeks=(4, 4))),
    ("Gym membership for 6 months", PROGRAM, dict(weeks=(24, 24))),
    ("Weight loss program", PROGRAM, {}),
    ("Detoxification", PROGRAM, {}),
    ("Inpatient rehabilitation for 14 days", PROGRAM, dict(weeks=(2, 2))),
    # other rehabilitation
    ("Occupational therapy 6 visits for the right hand", PT, dict(visits=(6, 6), visits_source="stated", side="right", body_region=["hand"])),
    ("Aquatic therapy 2 times a week for 4 weeks", PT, dict(per_week=(2, 2), weeks=(4, 4), visits=(8, 8), visits_source="computed")),
    ("Post-op physical therapy, 12 sessions", PT, dict(visits=(12, 12), visits_source="stated")),
    ("Massage therapy, 6 visits", OT, dict(visits=(6, 6), visits_source="stated")),
    ("Electro-acupuncture 1 time a week for 6 weeks", ACU, dict(per_week=(1, 1), weeks=(6, 6), visits=(6, 6), visits_source="computed")),
    ("Spinal manipulation, 4 visits", CHIRO, dict(visits=(4, 4), visits_source="stated")),
    ("Mechanical traction times 6", OT, dict(visits=(6, 6), visits_source="stated", treatment="traction")),
    ("Extracorporeal shockwave therapy to the left heel, 3 sessions", THERAPIES, dict(visits=(3, 3), visits_source="stated", side="left", body_region=["foot"])),
    # imaging
    ("MRI of the right shoulder without contrast", RADIOLOGY, dict(side="right", contrast="without", body_region=["shoulder"], treatment="MRI")),
    ("MRI of the lumbar spine with and without contrast", RADIOLOGY, dict(contrast="both", body_region=["lumbar"])),
    ("CT scan of the abdomen with contrast", RADIOLOGY, dict(contrast="with", body_region=["abdomen"], treatment="CT")),
    ("MRI without dye of the neck", RADIOLOGY, dict(contrast="without", body_region=["cervical"])),
    ("MRI w/o contrast left knee", RADIOLOGY, dict(contrast="without", body_region=["knee"], side="left")),
    ("Magnetic resonance imaging (MRI) of the left hip", RADIOLOGY, dict(side="left", body_region=["hip"])),
    ("Cervical CT scan", RADIOLOGY, dict(body_region=["cervical"])),
    ("X-rays of the lumbosacral spine", RADIOLOGY, dict(body_region=["lumbar"])),
    ("One (1) x-ray of the left ankle", RADIOLOGY, dict(quantity=1, side="left", body_region=["ankle"])),
    ("Three phase bone scan of the right foot", RADIOLOGY, dict(side="right", body_region=["foot"])),
    ("MRI right shoulder x 1", RADIOLOGY, dict(quantity=1, side="right")),
    # nerves and other tests
    ("EMG/NCV of the bilateral upper extremities", NERVES, dict(side="bilateral", body_region=["upper extremity"])),
    ("NCS/EMG RUE", NERVES, dict(side="right", body_region=["upper extremity"])),
    ("Electro-diagnostic testing of the left arm", NERVES, dict(side="left", body_region=["upper extremity"])),
    ("NCV of both lower extremities QTY: 2", NERVES, dict(side="bilateral", quantity=2)),
    ("SSEP of the lower extremities", NERVES, {}),
    ("Urine drug screen", LAB, {}),
    ("Labs: CBC, CMP", LAB, {}),
    ("Labs to include: EKG", TESTS, {}),
    ("Pre-op chest x-ray", RADIOLOGY, dict(body_region=["chest"])),
    ("Pre-op PT/PTT", LAB, {}),
    ("Electrocardiogram times 3", TESTS, dict(quantity=3)),
    ("Functional capacity evaluation", TESTS, {}),
    ("Sleep study", TESTS, {}),
    # equipment
    ("TENS unit", STIM, {}),
    ("TENS unit, 30 day rental", STIM, dict(weeks=(4.29, 4.29))),
    ("Interferential unit for purchase", STIM, {}),
    ("Folding wheelchair for a 3 month rental", DME, dict(weeks=(12, 12))),
    ("Cold therapy unit for 7 days", DME, dict(weeks=(1, 1))),
    ("Hospital bed", DME, {}),
    ("Lumbar brace", ORTHO, dict(body_region=["lumbar"])),
    ("Shoulder sling with abduction pillow", ORTHO, dict(body_region=["shoulder"])),
    ("Left thumb spica splint", ORTHO, dict(side="left", body_region=["finger"])),
    ("Large gloves", SUPPLIES, {}),
    ("2 leg wraps", SUPPLIES, dict(quantity=2)),
    ("Bilateral hearing aids", DME, dict(side="bilateral", body_region=["ear"])),
    # people
    ("Pain management consultation", MEDICAL, {}),
    ("Referral to a neurologist", MEDICAL, {}),
    ("Follow up office visit", MEDICAL, {}),
    ("Psychological evaluation", PSYCH, {}),
    ("Cognitive behavioral therapy, 6 sessions", TALK, dict(visits=(6, 6), visits_source="stated")),
    ("Dental evaluation", ("Evaluation & Management", "Dental Services"), {}),
    ("Wound care nurse, 1-2 visits", HOME, dict(visits=(1, 2), visits_source="stated")),
    ("Transportation to appointments", RIDES, {}),
    # injections and surgery
    ("Lumbar epidural steroid injection at L4-5", INJECTION, dict(body_region=["lumbar"], treatment="epidural steroid injection")),
    ("Medial branch block at L4-5", FACET, {}),
    ("Radiofrequency ablation of the left L5", FACET, dict(side="left")),
    ("Trigger point injections times 4", INJECTION, dict(quantity=4)),
    ("1 PRP injection to the left foot", INJECTION, dict(quantity=1, side="left")),
    ("Injection of lidocaine 1% and dexamethasone 4mg to the right knee", INJECTION, dict(drug_class="Adrenal Cortical Steroids", ingredient="lidocaine; dexamethasone", side="right")),
    ("Right shoulder arthroscopy with rotator cuff repair", SCOPE, dict(side="right", body_region=["shoulder"])),
    ("L5-S1 microdiscectomy", SPINE, {}),
    ("Left carpal tunnel release", OPEN, dict(side="left")),
    ("Spine surgery consultation", CONSULT, {}),
    ("Assistant surgeon", ADJUNCT, {}),
    ("Pre-operative medical clearance", ADJUNCT, {}),
    ("Associated surgical service: Cold therapy unit, 14 days", ADJUNCT, dict(weeks=(2, 2))),
    ("Associated surgical service: Physical therapy, times 12", ADJUNCT, dict(visits=(12, 12), visits_source="stated", treatment="physical therapy")),
    # drugs
    ("Norco 10/325mg #60", *drug("Opioids", drug="Norco", ingredient="hydrocodone; acetaminophen", strength="10/325 mg", quantity=60)),
    ("Tramadol (Ultram) 50 mg #90 with 2 refills", *drug("Opioids", ingredient="tramadol", strength="50 mg", quantity=90, refills=2)),
    ("Percocet 5-325mg, 120 tablets", *drug("Opioids", ingredient="oxycodone; acetaminophen", strength="5-325 mg", quantity=120)),
    ("Oxycodone HCL 15mg #40 day supply: 21", *drug("Opioids", strength="15 mg", quantity=40, weeks=(3, 3))),
    ("Flexeril 7.5mg QTY: 60", *drug("Muscle Relaxant", ingredient="cyclobenzaprine", strength="7.5 mg", quantity=60)),
    ("Naproxen 550mg #60, 1 refill", *drug("NSAID", strength="550 mg", quantity=60, refills=1)),
    ("Diclofenac/misoprostol 50-0.2mg #40", *drug("NSAID", ingredient="diclofenac; misoprostol", strength="50-0.2 mg", quantity=40)),
    ("Omeprazole 20mg quantity 30", *drug("Proton Pump Inhibitors", strength="20 mg", quantity=30)),
    ("Gabapentin 300mg one tablet three times a day #90", *drug("Anti-epilepsy drugs", strength="300 mg", quantity=90)),
    ("Diazepam 5mg #10", *drug("Benzodiazepines", strength="5 mg", quantity=10)),
    ("Ambien 10mg #30 no refills", *drug("Sedative-hypnotics", strength="10 mg", quantity=30)),
    ("Cymbalta 60mg", *drug("Antidepressant", ingredient="duloxetine", strength="60 mg")),
    ("Zofran 4mg #10", *drug("Antiemetic", ingredient="ondansetron", strength="4 mg", quantity=10)),
    ("Lidoderm 5% patch #30", *drug("Topical Analgesics", ingredient="lidocaine", strength="5%", quantity=30)),
    ("Voltaren gel 1% #3 tubes", *drug("Topical Analgesics", ingredient="diclofenac", strength="1%", quantity=3)),
    ("Compound cream: Flurbiprofen 20%, Baclofen 2%, Lidocaine 5%", *drug("Topical Compounds", ingredient="flurbiprofen; baclofen; lidocaine", strength="20%; 2%; 5%")),
    ("Flurbiprofen 15% in cream base 90g", *drug("Topical Compounds", ingredient="flurbiprofen", strength="15%")),
    ("Retrospective Soma 350mg #60 DOS: 01/02/2017", *drug("Muscle Relaxant", ingredient="carisoprodol", strength="350 mg", quantity=60)),
    ("A one month supply of Lyrica 75mg", *drug("Anti-epilepsy drugs", strength="75 mg", weeks=(4, 4))),
    ("Acupuncture with capsaicin patch, 6 visits", ACU, dict(ingredient="capsaicin", visits=(6, 6), visits_source="stated")),
    # nothing is known, nothing is guessed
    ("Zzyzx as discussed", (None, None), {}),
    ("", (None, None), {}),
]


def plain(value):
    if isinstance(value, tuple) and value and isinstance(value[0], Value):
        return [item.value for item in value]
    return value.value if isinstance(value, Value) else value


@pytest.mark.parametrize("phrase, category, expected", PHRASES, ids=[phrase[:50] for phrase, *_ in PHRASES])
def test_phrases(phrase, category, expected):
    found = find_request(phrase, 500)
    assert (found.category, found.subcategory) == category
    assert {name: plain(getattr(found, name)) for name in {*AMOUNTS, *expected}} == dict.fromkeys(AMOUNTS) | expected
    for value in vars(found).values():
        for item in value if isinstance(value, tuple) else [value]:
            assert not isinstance(item, Value) or phrase[item.start - 500:item.end - 500] == item.quote


def test_there_are_at_least_120():
    assert len(PHRASES) >= 120


def test_arithmetic_is_shown():
    assert find_request("Physical therapy 2 times a week for 6 weeks").arithmetic == "2 a week × 6 weeks = 12 visits"
    assert find_request(PHRASES[40][0]).arithmetic == "3 a week × 3 weeks = 9 visits; 4 hours a day × 3 days a week × 3 weeks = 36 hours"
    assert find_request("Six physical therapy visits").arithmetic is None


def test_the_data_files_are_in_order():
    for name, key in [("treatments", "names"), ("drugs", "name")]:
        rows = [*csv.DictReader(open(ROOT / f"imr_research/{name}.csv", encoding="utf-8"))]
        names = [one.strip().lower() for row in rows for one in row[key].split("|")]
        assert all(all(row.values()) for row in rows) and len(names) == len({*names}), [one for one in names if names.count(one) > 1]
    assert len(load_treatments()) > 300 and len(load_drugs()) > 400


def test_every_name_is_found_by_itself():
    assert [name for name, treatment in load_treatments().items() if find_request(name).treatment is None] == []
    assert [name for name, drug in load_drugs().items() if [one for one, _ in find_drugs(name)] != [drug]] == []
