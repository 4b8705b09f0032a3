"""An invented page of a portal, with everything that a page can show."""

from __future__ import annotations

PAGE = """Balm after hand surgery

NCT ID: NCT00000001

Last Updated: 2024-02-01

Study Results

Results pending

Nobody has sent any yet.

Basic Information

Get a concise snapshot in a few words.

Recruitment Status

COMPLETED

Clinical Phase

PHASE2/PHASE3

Total Enrollment

20 participants

Brief Summary

Review the sponsor-provided synopsis here.

Does balm help?

Conditions

And is that a question?

Conditions

See the medical conditions meant.

Sore Hand Balm

Study Design

Understand how the trial is structured now.

Blinding Strategy

DOUBLE

Participants Outcome Assessors

Study Groups

Review each arm or cohort below.

Balm

A jar a day.

Group Type EXPERIMENTAL

Balm

Intervention Type DRUG

First paragraph.

Second one.

Advice

Intervention Type BEHAVIORAL

Nothing

Group Type

Advice

Intervention Type BEHAVIORAL

Interventions

Learn about the drugs given.

Balm

First paragraph.

Second one.

Intervention Type DRUG

Advice

Intervention Type BEHAVIORAL

Eligibility Criteria

Check the participation requirements first.

Inclusion Criteria

* Sore hand

Exclusion Criteria

* Pain \\<3
Maximum Eligible Age

80 Years

Accepts Healthy Volunteers

No

Locations

Explore where the study is taking place now.

Ward 1

Springfield, Korea, Republic of

Site Status RECRUITING

Osan, North, Japan

Site Status

Countries

Review the countries.

Korea, Republic of

Japan

Peru

References

Explore related publications first.

A book.

Reference Type BACKGROUND

A paper.

Reference Type RESULT
PMID: 123 (View on PubMed)

Other Identifiers

Review additional registry numbers too.

BALM-1

Identifier Type: -

Identifier Source: org_study_id

2020-1

Identifier Type: EUDRACT_NUMBER

Identifier Source: secondary_id

More Related Trials

Additional clinical trials are not here."""
