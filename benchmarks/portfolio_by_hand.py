"""The policy `nmpa-2025-96` written by hand as one DuckDB program: the peer to beat.

    python -m benchmarks.portfolio_by_hand FACTS OUT.json [DATABASE]

It reads the CSV files, checks types, enumerations, keys and references,
materialises the relations, and writes each batch's outcome with what stands against
it and for it: the clauses of breach, gap, referral, ground and note, and the duties.
It does less than whereas: no ids that held and failed, and the parameters are
written into the SQL as they are set in the policy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

# column[!][:TYPE | =enumeration][?][>relation]: `!` is of the key, `?` may be empty,
# `>` must be in that relation. Text, if no type is said.
SCHEMA = """
product: product! substance name_en name_zh form strength? modality=modality
    control=control lot_release:BOOLEAN? shelf_life:BIGINT? first_full_data:BOOLEAN?
site: site! name country
batch: batch! number? product>product site>site packing_site? made:DATE expires:DATE?
    scale=scale process? insert? label?
test_result: batch!>batch standard! conclusion=test_conclusion tested:DATE
release_doc: document! batch>batch kind=release_kind signed:DATE
cn_approval: approval! product>product kind=approval_kind class=class? approved:DATE?
    valid_to:DATE? status=approval_status status_date:DATE? change=change?
    gmp_asked:BOOLEAN?
approved_content: approval!>cn_approval aspect!=aspect content! until:DATE?
pathway: approval!>cn_approval pathway!=pathway ended:DATE?
overseas_authorization: product!>product country! status=authorization_status
    approved:DATE? status_date:DATE? reason=withdrawal_reason?
overseas_change: approval!>cn_approval country! settled:DATE?
market_proof: document! product>product country kind=market_proof_kind issued:DATE
    covers? who_format:BOOLEAN?
gmp_evidence: document! kind=evidence issuer site>site inspection_start:DATE?
    issued:DATE valid_to:DATE? who_format:BOOLEAN?
inspected_batch: document!>gmp_evidence batch! made:DATE
site_event: event! site>site kind=site_event_kind opened:DATE closed:DATE?
filing: filing! filed:DATE port>port importer importer_code? responsible
filing_line: batch!>batch filing>filing origin? hs_code:BIGINT?
filing_paper: filing!>filing paper!=paper
submission: filing!>filing document! chinese:BOOLEAN
letter: batch!>batch made:DATE released:DATE who_format:BOOLEAN
letter_approval: batch!>batch approval! approved:DATE
claim: batch!>batch clause!
exemption: batch!>batch requirement!=requirement explanation?
port: port! name first_import:BOOLEAN closed:DATE?
licence: organization! kind!=org_licence valid_from!:DATE valid_to:DATE
responsible_person: product!>product organization! since!:DATE until:DATE?
permit: permit! kind=permit_kind product>product valid_from:DATE valid_to:DATE
foreign_lot_release: certificate! batch>batch conclusion=lot_conclusion issued:DATE
port_finding: batch!>batch kind!=finding found:DATE
sold: product!>product since:DATE
list_edition: list!=list edition! effective:DATE superseded:DATE?
list_entry: list!=list edition! entry!:BIGINT substance! form!? strength!?
indication: product!>product disease!
disease_map: disease! list!:BIGINT number!:BIGINT mapping=mapping reviewer?
rare_disease: list!:BIGINT number!:BIGINT name_zh name_en
temporary_import: licence! product>product basis=import_basis granted:DATE
designated_category: product!>product category! since:DATE
recall: recall! batch>batch opened:DATE closed:DATE?
lookup: subject!=lookup item! looked!:DATE
"""
# The members of each enumeration.
MEMBERS = """
scale: commercial validation pilot clinical unknown
modality: chemical biological vaccine blood cell-gene tcm
control: ordinary narcotic psychotropic anabolic-peptide
class: chem-1 chem-2 chem-5.1 chem-5.2 bio-1 bio-2 bio-3.1 bio-3.3 other
approval_kind: registration supplement filed-change
approval_status: valid suspended cancelled
change: site process holder holder-address manufacturer manufacturing-address strength
    other
aspect: site packing-site process insert label standard
pathway: breakthrough conditional priority special urgent-overseas-list
authorization_status: approved pending withdrawn suspended
withdrawal_reason: commercial regulatory
market_proof_kind: cpp approval public-information change-approval public-change
evidence: inspection-notice gmp-certificate cpp inspection-report
release_kind: certificate-of-analysis release-certificate qp-certificate
test_conclusion: conforms fails incomplete
list: shortage key-monitoring encouraged-generics paediatric production-reserve
mapping: exact alias subtype
import_basis: work-plan-2022 lecheng greater-bay-area dim-19
org_licence: distribution manufacturing business
lot_conclusion: released exempt refused
site_event_kind: import-suspension non-compliance
finding: forged sampling-refused test-failed harm
paper: application-letter registration-certificate certificate-of-origin
    purchase-contract packing-list bill-of-lading invoice test-report insert-and-label
requirement: marketing-proof gmp-proof
permit_kind: import-permit trade-permit
lookup: list indications disease temporary-import designated recalls site
"""

# Each `name: query;` becomes a table, in this order.
DERIVED = """
-- What the case is.
k: SELECT b.batch, b.product, b.site, b.made, f.filed, l.filing
  FROM batch b JOIN filing_line l USING (batch) JOIN filing f USING (filing);
approved: SELECT k.batch, a.approval, a.approved AS granted, a.kind, a.class, k.filed
  FROM k JOIN cn_approval a USING (product)
  WHERE a.kind IN ('registration', 'supplement') AND a.approved <= k.filed;
registered: SELECT DISTINCT batch FROM approved WHERE kind = 'registration';
carries: SELECT batch, 'site' AS aspect, site AS content FROM batch
  UNION ALL SELECT batch, 'packing-site', packing_site FROM batch
    WHERE packing_site IS NOT NULL
  UNION ALL SELECT batch, 'process', process FROM batch WHERE process IS NOT NULL
  UNION ALL SELECT batch, 'insert', "insert" FROM batch WHERE "insert" IS NOT NULL
  UNION ALL SELECT batch, 'label', label FROM batch WHERE label IS NOT NULL;
withdrawn: SELECT k.batch, a.approval, a.status_date
  FROM k JOIN cn_approval a USING (product)
  WHERE a.kind IN ('supplement', 'filed-change') AND a.approved <= k.filed
    AND a.status IN ('cancelled', 'suspended')
    AND (a.status_date IS NULL OR a.status_date <= k.filed);
in_hand: SELECT * FROM approved ANTI JOIN withdrawn USING (batch, approval);
standard_by: SELECT a.batch, a.approval, a.granted, x.content AS standard
  FROM in_hand a JOIN approved_content x USING (approval)
  WHERE x.aspect = 'standard' AND (x.until IS NULL OR x.until > a.filed);
conforms_by: SELECT s.batch, s.approval, s.granted, s.standard
  FROM standard_by s JOIN test_result t USING (batch, standard) JOIN k USING (batch)
  WHERE t.conclusion = 'conforms' AND t.tested <= k.filed;
approved_for: SELECT c.batch, c.aspect, a.approval, a.granted
  FROM carries c JOIN in_hand a USING (batch)
  JOIN approved_content x USING (approval, aspect, content)
  WHERE x.until IS NULL OR x.until > a.filed;
filed_for: SELECT DISTINCT c.batch, c.aspect
  FROM carries c JOIN k USING (batch) JOIN cn_approval a USING (product)
  JOIN approved_content x USING (approval, aspect, content)
  ANTI JOIN withdrawn w ON w.batch = k.batch AND w.approval = a.approval
  WHERE a.kind = 'filed-change' AND a.approved <= k.filed
    AND (x.until IS NULL OR x.until > k.filed);
relied_on: SELECT a.batch, a.approval, a.granted
  FROM approved a JOIN k USING (batch) JOIN (
    SELECT product, min(approved) AS first FROM cn_approval
    WHERE kind = 'registration' GROUP BY product) m ON m.product = k.product
  WHERE a.kind = 'registration' AND a.granted = m.first
  UNION SELECT batch, approval, granted FROM (
    SELECT *, min(granted) OVER (PARTITION BY batch, aspect) AS first
    FROM approved_for) a
  WHERE granted = first AND NOT EXISTS (
    SELECT 1 FROM filed_for f WHERE f.batch = a.batch AND f.aspect = a.aspect)
  UNION SELECT batch, approval, granted FROM (
    SELECT *, min(granted) OVER (PARTITION BY batch) AS first FROM conforms_by)
  WHERE granted = first;
measured_by: SELECT batch, approval, granted FROM (
    SELECT *, max(granted) OVER (PARTITION BY batch) AS latest FROM relied_on)
  WHERE granted = latest;
made_before: SELECT DISTINCT batch FROM k JOIN measured_by m USING (batch)
  WHERE k.made < m.granted;
agrees: SELECT DISTINCT batch, aspect FROM approved_for
  UNION SELECT batch, aspect FROM filed_for;
recorded: SELECT DISTINCT a.batch, x.aspect
  FROM approved a JOIN approved_content x USING (approval);
doubtful: SELECT c.batch, c.aspect FROM carries c
  JOIN (FROM withdrawn WHERE status_date IS NULL) w USING (batch)
  SEMI JOIN approved_content x
    ON x.approval = w.approval AND x.aspect = c.aspect AND x.content = c.content
  ANTI JOIN agrees a ON a.batch = c.batch AND a.aspect = c.aspect;
differs: SELECT c.batch, c.aspect FROM carries c SEMI JOIN k USING (batch)
  SEMI JOIN recorded USING (batch, aspect) ANTI JOIN agrees USING (batch, aspect)
  ANTI JOIN doubtful USING (batch, aspect);
unknown: SELECT batch, 'process' AS aspect FROM batch WHERE process IS NULL
  UNION ALL SELECT batch, 'insert' FROM batch WHERE "insert" IS NULL
  UNION ALL SELECT batch, 'label' FROM batch WHERE label IS NULL
  UNION ALL SELECT batch, aspect FROM doubtful
  UNION ALL SELECT c.batch, c.aspect FROM carries c SEMI JOIN registered USING (batch)
    ANTI JOIN recorded USING (batch, aspect) ANTI JOIN agrees USING (batch, aspect);
in_doubt: SELECT batch FROM differs UNION SELECT batch FROM unknown;
out_of_scope: SELECT k.batch FROM k JOIN measured_by m USING (batch)
    ANTI JOIN in_doubt USING (batch) WHERE k.made > m.granted
  UNION SELECT batch FROM batch JOIN site USING (site) WHERE country = 'CN'
  UNION SELECT batch FROM k WHERE filed <= DATE '2025-09-29';
in_force: SELECT batch FROM k WHERE filed >= DATE '2025-09-30';
"foreign": SELECT batch FROM batch JOIN site USING (site) WHERE country <> 'CN';
commercial: SELECT batch FROM batch WHERE scale = 'commercial';
-- The categories.
entry_for: SELECT e.list, e.edition, e.entry, b.batch
  FROM batch b JOIN product p USING (product) JOIN list_entry e USING (substance)
  WHERE e.list <> 'production-reserve' AND (e.form IS NULL OR e.form = p.form);
day_of_interest: SELECT batch, filed AS day FROM k UNION SELECT batch, made FROM k;
listed_on: SELECT DISTINCT e.list, d.batch, d.day
  FROM day_of_interest d JOIN entry_for e USING (batch)
  JOIN list_edition i USING (list, edition)
  WHERE i.effective <= d.day AND (i.superseded IS NULL OR i.superseded > d.day);
looked_up: SELECT DISTINCT c.batch, c.subject, c.item FROM (
    SELECT batch, 'recalls' AS subject, batch AS item, filed FROM k
    UNION ALL SELECT batch, 'site', site, filed FROM k
    UNION ALL SELECT batch, unnest(['indications', 'temporary-import', 'designated']),
      product, filed FROM k
    UNION ALL SELECT batch, 'list', unnest(['shortage', 'key-monitoring',
      'encouraged-generics', 'paediatric']), filed FROM k) c
  JOIN lookup l ON l.subject = c.subject AND l.item = c.item
  WHERE l.looked <= c.filed AND c.filed <= l.looked + 90;
compared: SELECT DISTINCT l.item AS disease, d.filed
  FROM (SELECT DISTINCT filed FROM k) d JOIN lookup l ON l.subject = 'disease'
  WHERE l.looked <= d.filed AND d.filed <= l.looked + 90;
not_listed: SELECT k.batch, r.item AS list
  FROM k JOIN looked_up r ON r.batch = k.batch AND r.subject = 'list'
  WHERE NOT EXISTS (SELECT 1 FROM listed_on x
      WHERE x.list = r.item AND x.batch = k.batch AND x.day = k.filed);
rare: SELECT DISTINCT i.product FROM indication i JOIN disease_map d USING (disease)
  JOIN rare_disease r ON r.list = d.list AND r.number = d.number
  WHERE d.mapping IN ('exact', 'alias') AND d.reviewer IS NOT NULL;
for_a_person: SELECT DISTINCT i.product
  FROM indication i JOIN disease_map d USING (disease)
  JOIN rare_disease r ON r.list = d.list AND r.number = d.number
  WHERE d.mapping = 'subtype' OR d.reviewer IS NULL;
uncompared: SELECT DISTINCT k.batch FROM k JOIN indication i USING (product)
  ANTI JOIN disease_map USING (disease) ANTI JOIN compared USING (disease, filed);
perhaps_rare: SELECT k.batch FROM k JOIN indication i USING (product)
    JOIN disease_map d USING (disease) WHERE d.mapping = 'subtype'
  UNION SELECT k.batch FROM k SEMI JOIN for_a_person USING (product)
  UNION SELECT batch FROM uncompared;
registered_in: SELECT batch, approval, class FROM approved
  WHERE kind = 'registration' AND class IS NOT NULL;
first_registration: SELECT r.batch, r.approval, r.granted FROM relied_on r
  JOIN cn_approval a USING (approval) WHERE a.kind = 'registration';
accelerated: SELECT a.batch, a.approval, p.pathway
  FROM approved a JOIN pathway p USING (approval)
  WHERE p.ended IS NULL OR p.ended > a.granted;
class_31: SELECT a.batch, a.approval, p.first_full_data FROM registered_in a
  JOIN k USING (batch) JOIN product p USING (product) WHERE a.class = 'bio-3.1';
first_temporary: SELECT product, min(granted) AS granted FROM temporary_import
  WHERE basis = 'work-plan-2022' GROUP BY product;
designated_by: SELECT DISTINCT k.product, k.filed
  FROM k JOIN designated_category d USING (product) WHERE d.since <= k.filed;
ground: SELECT batch, 'ANN-1(1)' AS clause FROM registered_in
    WHERE class IN ('chem-1', 'chem-2', 'chem-5.1', 'bio-1', 'bio-2')
  UNION SELECT batch, 'ANN-1(1)' FROM class_31 WHERE first_full_data
  UNION SELECT x.batch, 'ANN-1(2)' FROM listed_on x JOIN k USING (batch)
    WHERE x.day = k.filed
  UNION SELECT k.batch, 'ANN-1(3)' FROM k SEMI JOIN rare USING (product)
  UNION SELECT k.batch, 'ANN-1(4)' FROM k JOIN temporary_import t USING (product)
    JOIN first_registration r USING (batch)
    WHERE t.basis = 'work-plan-2022' AND t.granted < r.granted
  UNION SELECT batch, 'ANN-1(5)' FROM accelerated
    WHERE pathway <> 'urgent-overseas-list'
  UNION SELECT k.batch, 'ANN-1(6)' FROM k JOIN designated_by USING (product, filed);
in_category: SELECT DISTINCT batch FROM ground;
ruled_out: SELECT batch, 'ANN-1(1)' AS clause FROM registered_in
    WHERE class IN ('chem-5.2', 'bio-3.3')
  UNION SELECT batch, 'ANN-1(2)' FROM not_listed GROUP BY batch HAVING count(*) = 4
  UNION SELECT k.batch, 'ANN-1(3)' FROM k
    SEMI JOIN looked_up l ON l.batch = k.batch AND l.subject = 'indications'
    ANTI JOIN rare USING (product) ANTI JOIN perhaps_rare p ON p.batch = k.batch
  UNION SELECT k.batch, 'ANN-1(4)' FROM k
    SEMI JOIN looked_up l ON l.batch = k.batch AND l.subject = 'temporary-import'
    ANTI JOIN first_temporary USING (product)
  UNION SELECT k.batch, 'ANN-1(4)' FROM k
    SEMI JOIN looked_up l ON l.batch = k.batch AND l.subject = 'temporary-import'
    JOIN first_temporary t USING (product) JOIN first_registration r USING (batch)
    WHERE t.granted >= r.granted
  UNION SELECT k.batch, 'ANN-1(5)' FROM k ANTI JOIN accelerated USING (batch)
  UNION SELECT k.batch, 'ANN-1(6)' FROM k
    SEMI JOIN looked_up l ON l.batch = k.batch AND l.subject = 'designated'
    ANTI JOIN designated_by d ON d.product = k.product AND d.filed = k.filed;
all_ruled_out: SELECT batch FROM ruled_out GROUP BY batch
  HAVING count(DISTINCT clause) = 6;
new_drug: SELECT DISTINCT batch, class FROM registered_in
  WHERE class IN ('chem-1', 'chem-2', 'bio-1', 'bio-2');
-- Marketing overseas.
authorized: SELECT DISTINCT k.batch, o.country, o.approved AS granted
  FROM k JOIN overseas_authorization o USING (product)
  WHERE o.approved <= k.filed AND (o.status = 'approved'
    OR o.status IN ('withdrawn', 'suspended') AND o.status_date > k.filed);
lost: SELECT k.batch, o.country, o.status, o.status_date AS since, o.reason
  FROM k JOIN overseas_authorization o USING (product)
  WHERE o.status IN ('withdrawn', 'suspended') AND o.status_date <= k.filed
    AND (o.approved IS NULL OR o.approved <= k.filed);
known: SELECT batch, country FROM authorized UNION SELECT batch, country FROM lost;
perhaps_marketed: SELECT DISTINCT k.batch FROM k
  JOIN overseas_authorization o USING (product) ANTI JOIN known USING (batch, country)
  WHERE o.status <> 'pending' AND (o.approved IS NULL OR o.approved <= k.filed);
market: SELECT batch, country FROM authorized
  UNION SELECT batch, country FROM lost ANTI JOIN authorized USING (batch);
submitted: SELECT l.batch, s.document, s.chinese
  FROM filing_line l JOIN submission s USING (filing);
change_relied_on: SELECT DISTINCT r.batch, r.approval, a.change
  FROM relied_on r JOIN cn_approval a USING (approval) WHERE a.kind = 'supplement';
change_settled: SELECT c.batch, c.approval, o.country
  FROM change_relied_on c JOIN overseas_change o USING (approval) JOIN k USING (batch)
  SEMI JOIN market m ON m.batch = c.batch AND m.country = o.country
  WHERE o.settled <= k.filed;
unsettled: SELECT DISTINCT batch FROM change_relied_on
  ANTI JOIN change_settled USING (batch, approval);
proof: SELECT k.batch, p.document, p.country, p.covers
  FROM k JOIN market_proof p USING (product)
  SEMI JOIN market m ON m.batch = k.batch AND m.country = p.country
  SEMI JOIN submitted s ON s.batch = k.batch AND s.document = p.document
  WHERE p.issued <= k.filed;
unproven_change: SELECT DISTINCT batch FROM change_relied_on ANTI JOIN (
    SELECT c.batch, c.approval FROM change_settled c
    JOIN proof p ON p.batch = c.batch AND p.country = c.country
      AND p.covers = c.approval) USING (batch, approval);
explained: SELECT batch FROM k SEMI JOIN (SELECT batch FROM exemption
    WHERE requirement = 'marketing-proof' AND explanation IS NOT NULL) USING (batch);
exempt_change: SELECT DISTINCT batch FROM change_relied_on
  WHERE change IN ('process', 'other');
open_change: SELECT DISTINCT batch FROM change_relied_on WHERE change = 'site';
unexempt: SELECT DISTINCT batch FROM change_relied_on
  WHERE change IS NULL OR change NOT IN ('process', 'other', 'site');
proof_exempt: SELECT batch FROM explained SEMI JOIN exempt_change USING (batch)
    ANTI JOIN unexempt USING (batch) ANTI JOIN open_change USING (batch)
  UNION SELECT batch FROM new_drug;
perhaps_exempt: SELECT batch FROM explained SEMI JOIN open_change USING (batch)
  ANTI JOIN unexempt USING (batch);
proof_submitted: SELECT batch FROM proof ANTI JOIN unproven_change USING (batch)
  UNION SELECT batch FROM proof_exempt;
marketed: SELECT batch FROM authorized ANTI JOIN unsettled USING (batch)
  UNION SELECT batch FROM new_drug;
-- Quality, certificates and release.
fails_standard: SELECT DISTINCT batch FROM standard_by
  JOIN test_result USING (batch, standard) WHERE conclusion = 'fails';
meets_standard: SELECT DISTINCT batch FROM conforms_by
  ANTI JOIN fails_standard USING (batch);
packed_as_approved: SELECT batch FROM batch WHERE packing_site IS NULL
  UNION SELECT batch FROM agrees WHERE aspect = 'packing-site';
evidence_on_file: SELECT k.batch, g.document, g.issuer
  FROM k JOIN gmp_evidence g USING (site) WHERE g.issued <= k.filed;
accepted_evidence: SELECT batch, document FROM evidence_on_file WHERE issuer = 'CN'
  UNION SELECT e.batch, e.document FROM evidence_on_file e JOIN k USING (batch)
    JOIN site s USING (site) WHERE e.issuer = s.country
  UNION SELECT e.batch, e.document FROM evidence_on_file e
    SEMI JOIN authorized a ON a.batch = e.batch AND a.country = e.issuer
  UNION SELECT e.batch, e.document FROM evidence_on_file e JOIN k USING (batch)
    JOIN overseas_authorization o ON o.product = k.product AND o.country = e.issuer
    WHERE o.status = 'pending' AND (o.status_date IS NULL OR o.status_date <= k.filed);
has_evidence: SELECT DISTINCT batch FROM evidence_on_file;
in_question: SELECT DISTINCT e.batch FROM evidence_on_file e JOIN k USING (batch)
  JOIN overseas_authorization o ON o.product = k.product AND o.country = e.issuer
  ANTI JOIN known n ON n.batch = e.batch AND n.country = e.issuer
  WHERE o.status <> 'pending';
has_accepted_evidence: SELECT DISTINCT batch FROM accepted_evidence;
gmp_exempt: SELECT DISTINCT m.batch FROM measured_by m
  JOIN cn_approval a USING (approval) JOIN exemption e USING (batch)
  WHERE a.kind = 'supplement' AND NOT a.gmp_asked
    AND e.requirement = 'gmp-proof' AND e.explanation IS NOT NULL;
latest_evidence: SELECT batch, document FROM (
    SELECT e.*, g.issued, max(g.issued) OVER (PARTITION BY e.batch) AS latest
    FROM accepted_evidence e JOIN gmp_evidence g USING (document))
  WHERE issued = latest;
last_inspected: SELECT document, max(made) AS made FROM inspected_batch
  GROUP BY document;
covers: SELECT e.batch, e.document FROM accepted_evidence e
    JOIN gmp_evidence g USING (document) JOIN k USING (batch)
    WHERE k.made >= coalesce(g.inspection_start, g.issued)
  UNION SELECT e.batch, e.document FROM accepted_evidence e
    JOIN gmp_evidence g USING (document) JOIN batch b ON b.batch = e.batch
    SEMI JOIN inspected_batch i
      ON i.document = e.document AND i.batch = coalesce(b.number, b.batch)
    WHERE g.kind = 'inspection-notice'
  UNION SELECT e.batch, e.document FROM accepted_evidence e
    JOIN gmp_evidence g USING (document) JOIN k USING (batch)
    JOIN last_inspected i USING (document)
    WHERE g.kind = 'inspection-notice' AND k.made > i.made;
covered: SELECT DISTINCT batch FROM covers;
lapsed: SELECT k.batch, g.document FROM k JOIN gmp_evidence g USING (site)
  WHERE g.valid_to < k.made;
unlapsed_evidence: SELECT DISTINCT batch FROM covers
  ANTI JOIN lapsed USING (batch, document);
gmp_proven: SELECT batch FROM unlapsed_evidence UNION SELECT batch FROM gmp_exempt;
lapsed_only: SELECT batch FROM covered ANTI JOIN unlapsed_evidence USING (batch)
  ANTI JOIN gmp_exempt USING (batch);
evidence_submitted: SELECT batch FROM latest_evidence
    SEMI JOIN submitted USING (batch, document)
    SEMI JOIN (SELECT batch FROM covers SEMI JOIN submitted USING (batch, document))
      USING (batch)
  UNION SELECT batch FROM gmp_exempt;
signed_by_then: SELECT d.batch, d.document, d.signed
  FROM release_doc d JOIN k USING (batch) WHERE d.signed <= k.filed;
dated_after: SELECT DISTINCT d.batch, d.document
  FROM signed_by_then d JOIN measured_by m USING (batch) WHERE d.signed >= m.granted;
released_after: SELECT DISTINCT batch FROM dated_after;
release_submitted: SELECT DISTINCT batch FROM dated_after
  SEMI JOIN submitted USING (batch, document);
last_signed: SELECT batch, max(signed) AS signed FROM signed_by_then GROUP BY batch;
-- The filing and the letter.
untranslated: SELECT DISTINCT filing FROM submission WHERE NOT chinese;
translated: SELECT batch FROM filing_line ANTI JOIN untranslated USING (filing);
lacks: SELECT l.batch, r.paper FROM filing_line l,
  (SELECT unnest(['application-letter', 'registration-certificate',
    'certificate-of-origin', 'purchase-contract', 'packing-list', 'bill-of-lading',
    'invoice', 'test-report', 'insert-and-label']) AS paper) r
  ANTI JOIN filing_paper p ON p.filing = l.filing AND p.paper = r.paper;
papers_complete: SELECT batch FROM filing_line ANTI JOIN lacks USING (batch);
granted_by_then: SELECT l.batch, l.approval, a.approved AS granted
  FROM letter_approval l JOIN cn_approval a USING (approval) JOIN k USING (batch)
  WHERE a.approved <= k.filed;
letter_error: SELECT l.batch FROM letter l JOIN batch b USING (batch)
    WHERE l.made <> b.made
  UNION SELECT l.batch FROM letter l JOIN last_signed s USING (batch)
    WHERE l.released <> s.signed
  UNION SELECT l.batch FROM letter_approval l JOIN granted_by_then g
      USING (batch, approval) WHERE l.approved <> g.granted
  UNION SELECT l.batch FROM letter_approval l
    ANTI JOIN granted_by_then USING (batch, approval)
  UNION SELECT r.batch FROM relied_on r SEMI JOIN letter USING (batch)
    ANTI JOIN letter_approval USING (batch, approval);
letter_right: SELECT batch FROM letter ANTI JOIN letter_error USING (batch);
claims_wrong: SELECT DISTINCT batch FROM claim ANTI JOIN ground USING (batch, clause);
claims_right: SELECT batch FROM letter SEMI JOIN claim USING (batch)
  ANTI JOIN claims_wrong USING (batch);
who_statement: SELECT k.batch, p.document FROM k JOIN market_proof p USING (product)
    WHERE p.who_format AND p.issued <= k.filed
  UNION SELECT e.batch, e.document FROM evidence_on_file e
    JOIN gmp_evidence g USING (document) WHERE g.who_format;
format_right: SELECT batch FROM letter WHERE NOT who_format
  UNION SELECT batch FROM letter SEMI JOIN (SELECT batch FROM submitted
    SEMI JOIN who_statement USING (batch, document)) USING (batch) WHERE who_format;
-- The law of import.
licence_produced: SELECT l.batch FROM filing_line l SEMI JOIN filing_paper p
  ON p.filing = l.filing AND p.paper = 'registration-certificate';
standing_licence: SELECT a.batch, a.approval, c.valid_to, a.filed
  FROM approved a JOIN cn_approval c USING (approval)
  WHERE c.kind = 'registration' AND (c.status = 'valid' OR c.status_date > a.filed);
licence_in_force: SELECT DISTINCT batch FROM standing_licence WHERE valid_to >= filed;
withdrawn_licence: SELECT a.batch, a.approval, c.status FROM approved a
  JOIN cn_approval c USING (approval)
  WHERE c.kind = 'registration' AND c.status IN ('cancelled', 'suspended')
    AND c.status_date <= a.filed;
left_over: SELECT k.batch, p.shelf_life,
    b.expires >= k.filed + INTERVAL 12 MONTH AS long,
    b.expires >= k.filed + INTERVAL 6 MONTH AS short
  FROM k JOIN batch b USING (batch) JOIN product p ON p.product = k.product
  WHERE b.expires IS NOT NULL;
fresh: SELECT batch, CASE WHEN shelf_life >= 12 THEN long
    WHEN shelf_life < 12 THEN short WHEN long THEN true WHEN NOT short THEN false
    END AS enough FROM left_over;
origin: SELECT l.batch, l.origin = s.country AS "right" FROM filing_line l
  JOIN batch b USING (batch) JOIN site s USING (site) WHERE l.origin IS NOT NULL;
importer: SELECT l.batch, f.importer AS organization, f.filed
  FROM filing_line l JOIN filing f USING (filing);
may_import: SELECT batch FROM importer i
  SEMI JOIN licence a ON a.organization = i.organization
    AND i.filed BETWEEN a.valid_from AND a.valid_to
    AND a.kind IN ('distribution', 'manufacturing')
  SEMI JOIN licence e ON e.organization = i.organization
    AND i.filed BETWEEN e.valid_from AND e.valid_to AND e.kind = 'business';
lot_released: SELECT k.batch, p.modality FROM k JOIN product p USING (product)
  WHERE p.modality IN ('vaccine', 'blood') OR p.lot_release;
lot_certificate: SELECT f.batch, f.certificate
  FROM foreign_lot_release f JOIN k USING (batch) JOIN product p USING (product)
  WHERE f.issued <= k.filed AND (f.conclusion = 'released'
    OR f.conclusion = 'exempt' AND p.modality = 'vaccine');
first_sale: SELECT batch FROM k WHERE NOT EXISTS (
  SELECT 1 FROM sold s WHERE s.product = k.product AND s.since < k.filed);
needs_port_test: SELECT batch FROM first_sale UNION SELECT batch FROM lot_released;
port_of: SELECT l.batch, f.port, f.filed, p.first_import, p.closed
  FROM filing_line l JOIN filing f USING (filing) JOIN port p USING (port);
port_open: SELECT o.batch FROM port_of o LEFT JOIN needs_port_test n USING (batch)
  WHERE (o.closed IS NULL OR o.closed > o.filed)
    AND (o.first_import OR n.batch IS NULL);
lot_document: SELECT k.batch FROM k JOIN product p USING (product)
    ANTI JOIN lot_released r ON r.batch = k.batch
    WHERE NOT p.lot_release OR p.modality IN ('chemical', 'tcm')
  UNION SELECT batch FROM lot_released SEMI JOIN (
    SELECT c.batch FROM lot_certificate c SEMI JOIN submitted s
      ON s.batch = c.batch AND s.document = c.certificate) USING (batch);
found_clean: SELECT batch FROM k ANTI JOIN port_finding USING (batch);
open_recall: SELECT k.batch, r.recall, r.opened FROM k JOIN recall r USING (batch)
  WHERE r.opened <= k.filed AND (r.closed IS NULL OR r.closed > k.filed);
not_recalled: SELECT batch FROM looked_up ANTI JOIN open_recall USING (batch)
  WHERE subject = 'recalls';
open_event: SELECT DISTINCT k.site, k.batch, e.kind, e.opened
  FROM k JOIN site_event e USING (site)
  WHERE e.opened <= k.filed AND (e.closed IS NULL OR e.closed > k.filed);
site_in_order: SELECT batch FROM looked_up ANTI JOIN open_event USING (batch)
  WHERE subject = 'site';
in_charge: SELECT DISTINCT k.batch, r.organization, k.filed, k.filing
  FROM k JOIN responsible_person r USING (product)
  WHERE r.since <= k.filed AND (r.until IS NULL OR r.until > k.filed);
signed_by_responsible: SELECT DISTINCT i.batch FROM in_charge i JOIN filing f
  ON f.filing = i.filing AND f.responsible = i.organization;
several_in_charge: SELECT batch, any_value(filed) AS filed FROM in_charge
  GROUP BY batch HAVING count(*) > 1;
responsible: SELECT batch FROM signed_by_responsible
  ANTI JOIN several_in_charge USING (batch);
permit_in_force: SELECT k.batch, p.kind FROM k JOIN permit p USING (product)
  WHERE k.filed BETWEEN p.valid_from AND p.valid_to;
permitted: SELECT k.batch FROM k JOIN product p USING (product)
    WHERE p.control NOT IN ('narcotic', 'psychotropic')
  UNION SELECT batch FROM permit_in_force WHERE kind = 'import-permit';
expired_permit: SELECT DISTINCT k.batch FROM k JOIN permit p USING (product)
  WHERE p.kind = 'import-permit' AND p.valid_to < k.filed AND p.valid_from <= k.filed;
trade_permitted: SELECT k.batch FROM k JOIN product p USING (product)
    WHERE p.control <> 'anabolic-peptide'
  UNION SELECT batch FROM permit_in_force WHERE kind = 'trade-permit';
ten_digits: SELECT batch FROM filing_line
  WHERE hs_code BETWEEN 1000000000 AND 9999999999;
filed_with_codes: SELECT l.batch FROM filing_line l JOIN filing f USING (filing)
  SEMI JOIN ten_digits t ON t.batch = l.batch WHERE f.importer_code IS NOT NULL;
ordinary_product: SELECT b.batch FROM batch b JOIN product p USING (product)
  WHERE p.modality NOT IN ('blood', 'cell-gene');
-- What stands against it.
breach: SELECT batch, 'ANN-1(0)' AS clause FROM k ANTI JOIN registered USING (batch)
  UNION SELECT batch, 'ANN-1(scale)' FROM batch WHERE scale IN ('pilot', 'clinical')
  UNION SELECT batch, 'ANN-1' FROM all_ruled_out
  UNION SELECT batch, 'ANN-2(2)' FROM differs
  UNION SELECT batch, 'ANN-2(2)' FROM fails_standard
  UNION SELECT batch, 'ANN-2(3)' FROM has_evidence
    ANTI JOIN has_accepted_evidence USING (batch) ANTI JOIN in_question USING (batch)
    ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'ANN-A3-2' FROM has_accepted_evidence
    ANTI JOIN covered USING (batch) ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'ANN-A3-4' FROM measured_by JOIN last_signed USING (batch)
    WHERE signed < granted
  UNION SELECT batch, 'ANN-2(1)' FROM lost ANTI JOIN authorized USING (batch)
    ANTI JOIN (SELECT l.batch FROM lost l WHERE l.reason = 'commercial') USING (batch)
    ANTI JOIN new_drug USING (batch)
  UNION SELECT batch, 'ANN-2(1)' FROM registered ANTI JOIN authorized USING (batch)
    ANTI JOIN perhaps_marketed USING (batch) ANTI JOIN lost USING (batch)
    ANTI JOIN new_drug USING (batch)
  UNION SELECT batch, 'DIM-17(1)' FROM k ANTI JOIN licence_produced USING (batch)
  UNION SELECT batch, 'DIM-17(1)' FROM k ANTI JOIN permitted USING (batch)
    ANTI JOIN expired_permit USING (batch)
  UNION SELECT batch, 'DIM-17(2)' FROM expired_permit ANTI JOIN permitted USING (batch)
  UNION SELECT batch, 'DIM-17(2)' FROM standing_licence
    ANTI JOIN licence_in_force USING (batch) WHERE valid_to < filed
  UNION SELECT batch, 'DIM-17(11)' FROM withdrawn_licence WHERE status = 'cancelled'
  UNION SELECT batch, 'DAL-83' FROM withdrawn_licence WHERE status = 'cancelled'
  UNION SELECT batch, 'DAL-99' FROM withdrawn_licence WHERE status = 'suspended'
  UNION SELECT batch, 'DIM-17(3)' FROM fresh WHERE NOT enough
  UNION SELECT batch, 'DIM-17(4)' FROM origin WHERE NOT "right"
  UNION SELECT batch, 'DIM-17(5)' FROM importer ANTI JOIN may_import USING (batch)
  UNION SELECT batch, 'DIM-17(6)' FROM differs WHERE aspect = 'label'
  UNION SELECT batch, 'DIM-17(7)' FROM differs WHERE aspect = 'insert'
  UNION SELECT batch, 'DIM-17(8)' FROM port_of WHERE closed <= filed
  UNION SELECT batch, 'DIM-17(8)' FROM port_of SEMI JOIN needs_port_test USING (batch)
    WHERE NOT first_import
  UNION SELECT batch, 'DIM-17(9)' FROM lot_released
    ANTI JOIN lot_certificate USING (batch)
  UNION SELECT batch, CASE kind WHEN 'forged' THEN 'DIM-17(10)'
      WHEN 'sampling-refused' THEN 'DIM-17(12)' WHEN 'test-failed' THEN 'DIM-17(13)'
      ELSE 'DIM-17(14)' END FROM port_finding
  UNION SELECT batch, 'DAL-82' FROM open_recall
  UNION SELECT batch, 'DAL-99' FROM open_event WHERE kind = 'import-suspension'
  UNION SELECT batch, 'DIM-17(14)' FROM open_event WHERE kind = 'non-compliance'
  UNION SELECT batch, 'DRP-one' FROM several_in_charge WHERE filed >= DATE '2025-07-01';
doubted: SELECT batch, 'ANN-1(1)' AS clause FROM registered_in
    WHERE class IN ('bio-3.1', 'other')
  UNION SELECT k.batch, 'ANN-1(3)' FROM k SEMI JOIN for_a_person USING (product)
  UNION SELECT batch, 'ANN-1(5)' FROM accelerated
    WHERE pathway = 'urgent-overseas-list';
referral: SELECT batch, 'ANN-1(scale)' AS clause FROM batch WHERE scale = 'validation'
  UNION SELECT m.batch, 'ANN-1(before)' FROM measured_by m JOIN k USING (batch)
    WHERE k.made = m.granted
  UNION SELECT batch, 'ANN-1(1)' FROM registered_in ANTI JOIN in_category USING (batch)
    WHERE class = 'other'
  UNION SELECT batch, 'ANN-1(1)' FROM class_31 ANTI JOIN in_category USING (batch)
    WHERE first_full_data IS NULL OR NOT first_full_data
  UNION SELECT k.batch, 'ANN-1(3)' FROM k SEMI JOIN for_a_person USING (product)
    ANTI JOIN in_category c ON c.batch = k.batch
  UNION SELECT batch, 'ANN-1(5)' FROM accelerated ANTI JOIN in_category USING (batch)
    WHERE pathway = 'urgent-overseas-list'
  UNION SELECT batch, 'ANN-2(1)' FROM lost ANTI JOIN authorized USING (batch)
    ANTI JOIN new_drug USING (batch) WHERE reason = 'commercial'
  UNION SELECT c.batch, 'ANN-A3-2' FROM covers c JOIN lapsed_only USING (batch)
  UNION SELECT batch, 'ANN-A1' FROM claim SEMI JOIN doubted USING (batch, clause)
    ANTI JOIN ground USING (batch, clause) SEMI JOIN in_category USING (batch)
  UNION SELECT batch, 'ANN-A2-1' FROM perhaps_exempt
    ANTI JOIN proof_submitted USING (batch)
  UNION SELECT k.batch, 'EDGE-modality' FROM k JOIN product p USING (product)
    WHERE p.modality IN ('blood', 'cell-gene');
gap: SELECT batch, 'DIM-4' AS clause FROM batch ANTI JOIN filing_line USING (batch)
  UNION SELECT batch, 'ANN-1(scale)' FROM batch WHERE scale = 'unknown'
  UNION SELECT c.batch, 'ANN-1' FROM (SELECT batch, unnest(['ANN-1(1)', 'ANN-1(2)',
      'ANN-1(3)', 'ANN-1(4)', 'ANN-1(5)', 'ANN-1(6)']) AS clause FROM registered) c
    ANTI JOIN in_category i ON i.batch = c.batch
    ANTI JOIN ruled_out r ON r.batch = c.batch AND r.clause = c.clause
    ANTI JOIN referral f ON f.batch = c.batch AND f.clause = c.clause
  UNION SELECT k.batch, 'ANN-1' FROM k SEMI JOIN registered USING (batch)
    ANTI JOIN in_category USING (batch)
    ANTI JOIN (FROM looked_up WHERE subject = 'indications') USING (batch)
  UNION SELECT k.batch, 'ANN-1' FROM k SEMI JOIN registered USING (batch)
    ANTI JOIN in_category USING (batch) SEMI JOIN uncompared USING (batch)
  UNION SELECT batch, 'ANN-2(2)' FROM unknown SEMI JOIN k USING (batch)
  UNION SELECT batch, 'ANN-2(2)' FROM k SEMI JOIN registered USING (batch)
    ANTI JOIN meets_standard USING (batch) ANTI JOIN fails_standard USING (batch)
  UNION SELECT batch, 'ANN-2(3)' FROM k ANTI JOIN has_evidence USING (batch)
    ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'ANN-A1' FROM k ANTI JOIN letter USING (batch)
  UNION SELECT batch, 'ANN-A1' FROM claim SEMI JOIN k USING (batch)
    ANTI JOIN ground USING (batch, clause) ANTI JOIN doubted USING (batch, clause)
  UNION SELECT batch, 'ANN-A1' FROM letter SEMI JOIN k USING (batch)
    ANTI JOIN claim USING (batch)
  UNION SELECT batch, 'ANN-A2-0' FROM submitted WHERE NOT chinese
  UNION SELECT batch, 'ANN-A2-1' FROM k ANTI JOIN proof_submitted USING (batch)
    ANTI JOIN perhaps_exempt USING (batch)
  UNION SELECT batch, 'ANN-2(3)' FROM in_question
    ANTI JOIN has_accepted_evidence USING (batch) ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'CUS-L' FROM k ANTI JOIN trade_permitted USING (batch)
  UNION SELECT l.batch, 'EF' FROM filing_line l JOIN filing f USING (filing)
    WHERE f.importer_code IS NULL
  UNION SELECT batch, 'EF' FROM filing_line ANTI JOIN ten_digits USING (batch)
  UNION SELECT batch, 'ANN-A2-2' FROM covered ANTI JOIN evidence_submitted USING (batch)
  UNION SELECT batch, 'ANN-A2-3' FROM released_after
    ANTI JOIN release_submitted USING (batch)
  UNION SELECT batch, 'ANN-A3-0' FROM lacks
  UNION SELECT batch, 'ANN-A3-1' FROM letter_error SEMI JOIN k USING (batch)
  UNION SELECT batch, 'ANN-A3-3' FROM letter SEMI JOIN k USING (batch)
    ANTI JOIN format_right USING (batch) WHERE who_format
  UNION SELECT batch, 'ANN-A3-4' FROM k ANTI JOIN signed_by_then USING (batch)
  UNION SELECT batch, 'ANN-2(1)' FROM registered
    SEMI JOIN perhaps_marketed USING (batch)
    ANTI JOIN authorized USING (batch) ANTI JOIN new_drug USING (batch)
  UNION SELECT batch, 'ANN-2(1)' FROM unsettled ANTI JOIN new_drug USING (batch)
  UNION SELECT batch, 'DIM-17(2)' FROM standing_licence
    ANTI JOIN licence_in_force USING (batch) WHERE valid_to IS NULL
  UNION SELECT a.batch, 'DIM-17(11)' FROM approved a JOIN cn_approval c USING (approval)
    WHERE c.kind = 'registration' AND c.status IN ('cancelled', 'suspended')
      AND c.status_date IS NULL
  UNION SELECT batch, 'DIM-17(3)' FROM batch SEMI JOIN k USING (batch)
    WHERE expires IS NULL
  UNION SELECT batch, 'DIM-17(3)' FROM fresh WHERE enough IS NULL
  UNION SELECT batch, 'DIM-17(4)' FROM filing_line WHERE origin IS NULL
  UNION SELECT batch, 'DIM-17(9)' FROM lot_released
    SEMI JOIN lot_certificate USING (batch)
    ANTI JOIN lot_document USING (batch)
  UNION SELECT k.batch, 'DIM-17(9)' FROM k JOIN product p USING (product)
    ANTI JOIN lot_released r ON r.batch = k.batch
    WHERE p.lot_release IS NULL AND p.modality NOT IN ('chemical', 'tcm')
  UNION SELECT batch, 'DAL-82' FROM k ANTI JOIN
    (SELECT batch FROM looked_up WHERE subject = 'recalls') USING (batch)
  UNION SELECT batch, 'DAL-99' FROM k ANTI JOIN
    (SELECT batch FROM looked_up WHERE subject = 'site') USING (batch)
  UNION SELECT batch, 'DAL-38' FROM k ANTI JOIN signed_by_responsible USING (batch);
note: SELECT x.batch, 'ANN-1(2)' AS clause FROM listed_on x JOIN k USING (batch)
  WHERE x.day <> k.filed AND NOT EXISTS (SELECT 1 FROM ground g
    WHERE g.batch = x.batch AND g.clause = 'ANN-1(2)') GROUP BY x.batch;
obligation: SELECT batch, 'port-test' AS duty FROM first_sale
  UNION SELECT batch, unnest(['biologic-port-test', 'lot-release']) FROM lot_released
  UNION SELECT k.batch, 'import-permit' FROM k JOIN product p USING (product)
    WHERE p.control IN ('narcotic', 'psychotropic')
  UNION SELECT k.batch, 'trade-permit' FROM k JOIN product p USING (product)
    WHERE p.control = 'anabolic-peptide'
  UNION SELECT f.batch, 'responsible-report' FROM first_sale f JOIN k USING (batch)
    WHERE k.filed >= DATE '2025-07-01';
"""
# All that a cleared batch has to have; its four aspects besides.
CLEARED = """
in_force foreign registered commercial made_before in_category marketed
packed_as_approved meets_standard papers_complete translated proof_submitted
evidence_submitted release_submitted letter_right claims_right gmp_proven format_right
released_after licence_produced licence_in_force may_import port_open lot_document
found_clean
not_recalled site_in_order responsible permitted trade_permitted filed_with_codes
ordinary_product
"""
OUTCOMES = """
SELECT b.batch, b.row, CASE
    WHEN b.batch IN (SELECT batch FROM out_of_scope) THEN 'out-of-scope'
    WHEN b.batch IN (SELECT batch FROM breach) THEN 'ineligible'
    WHEN b.batch IN (SELECT batch FROM gap) THEN 'needs-information'
    WHEN b.batch IN (SELECT batch FROM referral) THEN 'refer'
    WHEN c.batch IS NULL THEN 'undetermined'
    WHEN b.batch IN (SELECT batch FROM obligation) THEN 'eligible-with-obligations'
    ELSE 'eligible' END AS outcome
FROM batch b LEFT JOIN cleared c USING (batch)
"""
SHOWN = {
    "breach": "clause",
    "gap": "clause",
    "referral": "clause",
    "ground": "clause",
    "note": "clause",
    "obligation": "duty",
}


def paragraphs(text: str) -> dict[str, list[str]]:
    """Read `name: words`, where indented lines continue."""
    found: dict[str, list[str]] = {}
    for line in text.replace("\n    ", " ").strip().splitlines():
        name, words = line.split(":", 1)
        found[name] = words.split()
    return found


def parts(word: str) -> tuple[str, bool, str, str, bool, str]:
    """Name, of the key, type, enumeration, may be empty, and relation of a column."""
    word, _, other = word.partition(">")
    optional = word.endswith("?")
    word, _, enumeration = word.removesuffix("?").partition("=")
    word, _, kind = word.partition(":")
    key = word.endswith("!")
    return word.removesuffix("!"), key, kind or "VARCHAR", enumeration, optional, other


def read(connection: duckdb.DuckDBPyConnection, facts: Path) -> None:
    """Read and check every fact file; exit if something is wrong."""
    members = paragraphs(MEMBERS)
    checks: list[tuple[str, str]] = []
    for relation, words in paragraphs(SCHEMA).items():
        columns = [parts(word) for word in words]
        types = ", ".join(f"'{name}': '{kind}'" for name, _, kind, *_ in columns)
        connection.execute(
            f"CREATE TABLE {relation} AS SELECT *, row_number() OVER () + 1 AS row "
            f"FROM read_csv('{facts / relation}.csv', columns = {{{types}}}, "
            "header = true, auto_detect = false, delim = ',', quote = '\"', "
            "nullstr = '')"
        )
        key = ", ".join(f'"{name}"' for name, of_key, *_ in columns if of_key)
        checks.append(
            (
                f"{relation}: duplicate key",
                f"SELECT count(*) FROM (SELECT 1 FROM {relation} "
                f"GROUP BY {key} HAVING count(*) > 1)",
            )
        )
        for name, _, _, enumeration, optional, other in columns:
            wrong = [] if optional else [f'"{name}" IS NULL']
            if enumeration:
                listed = ", ".join(f"'{member}'" for member in members[enumeration])
                wrong.append(f'"{name}" NOT IN ({listed})')
            if wrong:
                checks.append(
                    (
                        f"{relation}.{name}: empty, or not a member",
                        f"SELECT count(*) FROM {relation} WHERE {' OR '.join(wrong)}",
                    )
                )
            if other:
                checks.append(
                    (
                        f"{relation}.{name}: dangling",
                        f"SELECT count(*) FROM {relation} x ANTI JOIN {other} y "
                        f"ON y.{name} = x.{name}",
                    )
                )
    for what, sql in checks:
        counted = connection.execute(sql).fetchone()
        if counted and counted[0]:
            sys.exit(f"{what}: {counted[0]}")


def decide(facts: Path, out: Path, database: str) -> None:
    """Read, derive, and write each batch's outcome with what is shown of it."""
    connection = duckdb.connect(database)
    read(connection, facts)
    for statement in DERIVED.split(";\n"):
        lines = [line for line in statement.splitlines() if line[:2] != "--"]
        if any(lines):
            name, query = "\n".join(lines).split(":", 1)
            connection.execute(f"CREATE TABLE {name.strip()} AS {query}")
    joins = " ".join(f'SEMI JOIN "{name}" USING (batch)' for name in CLEARED.split())
    aspects = " ".join(
        f"SEMI JOIN (SELECT batch FROM agrees WHERE aspect = '{aspect}') USING (batch)"
        for aspect in ("site", "process", "insert", "label")
    )
    connection.execute(
        f"CREATE TABLE cleared AS SELECT batch FROM k {joins} {aspects} "
        "SEMI JOIN (SELECT batch FROM fresh WHERE enough) USING (batch) "
        'SEMI JOIN (SELECT batch FROM origin WHERE "right") USING (batch)'
    )
    connection.execute(f"CREATE TABLE decision AS {OUTCOMES}")
    lists = ", ".join(f"coalesce({name}.all, []) AS {name}" for name in SHOWN)
    together = " ".join(
        f"LEFT JOIN (SELECT batch, list({column} ORDER BY {column}) AS all "
        f"FROM {name} GROUP BY batch) {name} USING (batch)"
        for name, column in SHOWN.items()
    )
    connection.execute(
        f"""COPY (SELECT {{'batch': batch}} AS "case", outcome, {lists}
            FROM decision {together} ORDER BY row)
            TO '{out}' (FORMAT json, ARRAY true)"""
    )


if __name__ == "__main__":
    facts_folder, output, *rest = sys.argv[1:]
    decide(Path(facts_folder), Path(output), rest[0] if rest else ":memory:")
