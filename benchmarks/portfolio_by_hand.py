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
batch: batch! product>product site>site packing_site? made:DATE expires:DATE?
    scale=scale process? insert? label?
test_result: batch!>batch standard! conclusion=test_conclusion
release_doc: document! batch>batch kind=release_kind signed:DATE
cn_approval: approval! product>product kind=approval_kind class=class? approved:DATE?
    valid_to:DATE? status=approval_status status_date:DATE? change=change?
    gmp_asked:BOOLEAN?
approved_content: approval!>cn_approval aspect!=aspect content! until:DATE?
pathway: approval!>cn_approval pathway!=pathway ended:DATE?
overseas_authorization: product!>product country! status=authorization_status
    approved:DATE? status_date:DATE? reason=withdrawal_reason?
overseas_change: approval!>cn_approval country! settled:DATE?
market_proof: document! product>product country kind=market_proof_kind
    who_format:BOOLEAN?
gmp_evidence: document! kind=evidence issuer site>site inspection_start:DATE?
    issued:DATE valid_to:DATE? who_format:BOOLEAN?
inspected_batch: document!>gmp_evidence batch! made:DATE
site_event: event! site>site kind=site_event_kind opened:DATE closed:DATE?
filing: filing! filed:DATE port>port importer responsible
filing_line: batch!>batch filing>filing origin?
filing_paper: filing!>filing paper!=paper
submission: filing!>filing document! chinese:BOOLEAN
letter: batch!>batch made:DATE released:DATE who_format:BOOLEAN
letter_approval: batch!>batch approval! approved:DATE
claim: batch!>batch clause!
exemption: batch!>batch requirement!=requirement explanation?
port: port! name first_import:BOOLEAN closed:DATE?
licence: organization! kind!=org_licence valid_to:DATE
responsible_person: product!>product organization! since!:DATE until:DATE?
permit: permit! product>product valid_to:DATE
foreign_lot_release: certificate! batch>batch conclusion=lot_conclusion
port_finding: batch!>batch kind!=finding found:DATE
sold: product!>product since:DATE
list_edition: list!=list edition! effective:DATE superseded:DATE?
list_entry: list!=list edition! entry!:BIGINT substance! form!? strength!?
indication: product!>product disease!
disease_map: disease! list!:BIGINT number!:BIGINT mapping=mapping
rare_disease: list!:BIGINT number!:BIGINT name_zh name_en
temporary_import: licence! product>product basis=import_basis granted:DATE
designated_category: product!>product category! since:DATE
recall: recall! batch>batch opened:DATE closed:DATE?
lookup: subject!=lookup item! looked:DATE
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
approved_for: SELECT c.batch, c.aspect, a.approval, a.granted
  FROM carries c JOIN approved a USING (batch)
  JOIN approved_content x USING (approval, aspect, content)
  WHERE x.until IS NULL OR x.until > a.filed;
filed_for: SELECT DISTINCT c.batch, c.aspect
  FROM carries c JOIN k USING (batch) JOIN cn_approval a USING (product)
  JOIN approved_content x USING (approval, aspect, content)
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
    SELECT 1 FROM filed_for f WHERE f.batch = a.batch AND f.aspect = a.aspect);
measured_by: SELECT batch, approval, granted FROM (
    SELECT *, max(granted) OVER (PARTITION BY batch) AS latest FROM relied_on)
  WHERE granted = latest;
made_before: SELECT DISTINCT batch FROM k JOIN measured_by m USING (batch)
  WHERE k.made < m.granted;
agrees: SELECT DISTINCT batch, aspect FROM approved_for
  UNION SELECT batch, aspect FROM filed_for;
recorded: SELECT DISTINCT a.batch, x.aspect
  FROM approved a JOIN approved_content x USING (approval);
differs: SELECT c.batch, c.aspect FROM carries c SEMI JOIN k USING (batch)
  SEMI JOIN recorded USING (batch, aspect) ANTI JOIN agrees USING (batch, aspect);
unknown: SELECT batch, 'process' AS aspect FROM batch WHERE process IS NULL
  UNION ALL SELECT batch, 'insert' FROM batch WHERE "insert" IS NULL
  UNION ALL SELECT batch, 'label' FROM batch WHERE label IS NULL
  UNION ALL SELECT c.batch, c.aspect FROM carries c SEMI JOIN registered USING (batch)
    ANTI JOIN recorded USING (batch, aspect) ANTI JOIN agrees USING (batch, aspect);
in_doubt: SELECT batch FROM differs UNION SELECT batch FROM unknown;
out_of_scope: SELECT k.batch FROM k JOIN measured_by m USING (batch)
    ANTI JOIN in_doubt USING (batch) WHERE k.made >= m.granted
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
recently_checked: SELECT k.batch, 'recalls' AS subject, k.batch AS item
    FROM k JOIN lookup l ON l.subject = 'recalls' AND l.item = k.batch
    WHERE k.filed <= l.looked + 90
  UNION ALL SELECT k.batch, 'site', k.site
    FROM k JOIN lookup l ON l.subject = 'site' AND l.item = k.site
    WHERE k.filed <= l.looked + 90
  UNION ALL SELECT k.batch, 'list', l.item FROM k JOIN lookup l ON l.subject = 'list'
    WHERE k.filed <= l.looked + 90;
not_listed: SELECT k.batch, r.item AS list
  FROM k JOIN recently_checked r ON r.batch = k.batch AND r.subject = 'list'
  WHERE r.item IN ('shortage', 'key-monitoring', 'encouraged-generics', 'paediatric')
    AND NOT EXISTS (SELECT 1 FROM listed_on x
      WHERE x.list = r.item AND x.batch = k.batch AND x.day = k.filed);
rare: SELECT DISTINCT i.product FROM indication i JOIN disease_map d USING (disease)
  JOIN rare_disease r ON r.list = d.list AND r.number = d.number
  WHERE d.mapping IN ('exact', 'alias');
perhaps_rare: SELECT i.product FROM indication i JOIN disease_map d USING (disease)
    WHERE d.mapping = 'subtype'
  UNION SELECT i.product FROM indication i ANTI JOIN disease_map USING (disease)
    WHERE NOT EXISTS (SELECT 1 FROM lookup l
      WHERE l.subject = 'disease' AND l.item = i.disease);
first_registration: SELECT r.batch, r.approval, r.granted FROM relied_on r
  JOIN cn_approval a USING (approval) WHERE a.kind = 'registration';
accelerated: SELECT a.batch, a.approval, p.pathway
  FROM approved a JOIN pathway p USING (approval)
  WHERE p.ended IS NULL OR p.ended > a.granted;
class_31: SELECT a.batch, a.approval, p.first_full_data FROM approved a
  JOIN k USING (batch) JOIN product p USING (product) WHERE a.class = 'bio-3.1';
first_temporary: SELECT product, min(granted) AS granted FROM temporary_import
  WHERE basis = 'work-plan-2022' GROUP BY product;
designated_by: SELECT DISTINCT k.product, k.filed
  FROM k JOIN designated_category d USING (product) WHERE d.since <= k.filed;
ground: SELECT batch, 'ANN-1(1)' AS clause FROM approved
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
ruled_out: SELECT batch, 'ANN-1(1)' AS clause FROM approved
    WHERE class IN ('chem-5.2', 'bio-3.3')
  UNION SELECT batch, 'ANN-1(1)' FROM class_31 WHERE NOT first_full_data
  UNION SELECT batch, 'ANN-1(2)' FROM not_listed GROUP BY batch HAVING count(*) = 4
  UNION SELECT k.batch, 'ANN-1(3)' FROM k
    JOIN lookup l ON l.subject = 'indications' AND l.item = k.product
    ANTI JOIN rare USING (product) ANTI JOIN perhaps_rare USING (product)
  UNION SELECT k.batch, 'ANN-1(4)' FROM k
    JOIN lookup l ON l.subject = 'temporary-import' AND l.item = k.product
    ANTI JOIN first_temporary USING (product)
  UNION SELECT k.batch, 'ANN-1(4)' FROM k
    JOIN lookup l ON l.subject = 'temporary-import' AND l.item = k.product
    JOIN first_temporary t USING (product) JOIN first_registration r USING (batch)
    WHERE t.granted >= r.granted
  UNION SELECT k.batch, 'ANN-1(5)' FROM k ANTI JOIN accelerated USING (batch)
  UNION SELECT k.batch, 'ANN-1(6)' FROM k
    JOIN lookup l ON l.subject = 'designated' AND l.item = k.product
    ANTI JOIN designated_by USING (product, filed);
all_ruled_out: SELECT batch FROM ruled_out GROUP BY batch
  HAVING count(DISTINCT clause) = 6;
new_drug: SELECT DISTINCT batch, class FROM approved
  WHERE class IN ('chem-1', 'chem-2', 'bio-1', 'bio-2');
-- Marketing overseas.
authorized: SELECT DISTINCT k.batch, o.country, o.approved AS granted
  FROM k JOIN overseas_authorization o USING (product)
  WHERE o.approved <= k.filed AND (o.status = 'approved'
    OR o.status IN ('withdrawn', 'suspended') AND o.status_date > k.filed);
lost: SELECT k.batch, o.country, o.status, o.status_date AS since, o.reason
  FROM k JOIN overseas_authorization o USING (product)
  WHERE o.status IN ('withdrawn', 'suspended') AND o.status_date <= k.filed;
approval_change: SELECT DISTINCT m.batch FROM measured_by m
  JOIN cn_approval a USING (approval)
  WHERE a.kind = 'supplement' AND a.change IN ('site', 'process', 'other');
proof_exempt: SELECT batch FROM approval_change SEMI JOIN (SELECT batch FROM exemption
    WHERE requirement = 'marketing-proof' AND explanation IS NOT NULL) USING (batch)
  UNION SELECT batch FROM new_drug;
settled_by: SELECT DISTINCT o.approval, k.filed
  FROM measured_by m JOIN k USING (batch) JOIN overseas_change o USING (approval)
  WHERE o.settled <= k.filed;
change_open: SELECT DISTINCT m.batch FROM measured_by m JOIN k USING (batch)
  JOIN cn_approval a USING (approval) ANTI JOIN settled_by USING (approval, filed)
  ANTI JOIN proof_exempt p ON p.batch = m.batch WHERE a.kind = 'supplement';
marketed: SELECT batch FROM authorized ANTI JOIN change_open USING (batch)
  UNION SELECT batch FROM new_drug;
-- Quality, certificates and release.
approved_standard: SELECT DISTINCT a.batch, x.content AS standard
  FROM approved a JOIN approved_content x USING (approval)
  WHERE x.aspect = 'standard' AND (x.until IS NULL OR x.until > a.filed);
fails_standard: SELECT DISTINCT batch FROM approved_standard
  JOIN test_result USING (batch, standard) WHERE conclusion = 'fails';
meets_standard: SELECT DISTINCT batch FROM approved_standard
  JOIN test_result USING (batch, standard) ANTI JOIN fails_standard USING (batch)
  WHERE conclusion = 'conforms';
packed_as_approved: SELECT batch FROM batch WHERE packing_site IS NULL
  UNION SELECT batch FROM agrees WHERE aspect = 'packing-site';
accepted_evidence: SELECT k.batch, g.document FROM k JOIN gmp_evidence g USING (site)
    WHERE g.issuer = 'CN'
  UNION SELECT k.batch, g.document FROM k JOIN gmp_evidence g USING (site)
    JOIN site s USING (site) WHERE g.issuer = s.country AND s.country <> 'CN'
  UNION SELECT k.batch, g.document FROM k JOIN gmp_evidence g USING (site)
    JOIN site s USING (site)
    JOIN overseas_authorization o ON o.product = k.product AND o.country = g.issuer
    WHERE o.status IN ('approved', 'pending') AND s.country <> g.issuer;
has_evidence: SELECT batch FROM k SEMI JOIN gmp_evidence USING (site);
has_accepted_evidence: SELECT DISTINCT batch FROM accepted_evidence;
gmp_exempt: SELECT DISTINCT m.batch FROM measured_by m
  JOIN cn_approval a USING (approval) JOIN exemption e USING (batch)
  WHERE a.kind = 'supplement' AND NOT a.gmp_asked
    AND e.requirement = 'gmp-proof' AND e.explanation IS NOT NULL;
latest_evidence: SELECT batch, document FROM (
    SELECT e.*, g.issued, max(g.issued) OVER (PARTITION BY e.batch) AS latest
    FROM accepted_evidence e JOIN gmp_evidence g USING (document))
  WHERE issued = latest;
submitted: SELECT l.batch, s.document, s.chinese
  FROM filing_line l JOIN submission s USING (filing);
last_inspected: SELECT document, max(made) AS made FROM inspected_batch
  GROUP BY document;
covers: SELECT e.batch, e.document FROM accepted_evidence e
    JOIN gmp_evidence g USING (document) JOIN k USING (batch)
    WHERE k.made >= coalesce(g.inspection_start, g.issued)
  UNION SELECT e.batch, e.document FROM accepted_evidence e
    JOIN gmp_evidence g USING (document) SEMI JOIN inspected_batch i
      ON i.document = e.document AND i.batch = e.batch
    WHERE g.kind = 'inspection-notice'
  UNION SELECT e.batch, e.document FROM accepted_evidence e
    JOIN gmp_evidence g USING (document) JOIN k USING (batch)
    JOIN last_inspected i USING (document)
    WHERE g.kind = 'inspection-notice' AND k.made > i.made;
covered: SELECT DISTINCT batch FROM covers;
lapsed: SELECT k.batch, g.document FROM k JOIN gmp_evidence g USING (site)
  WHERE g.valid_to < k.made;
in_force_evidence: SELECT DISTINCT batch FROM covers
  ANTI JOIN lapsed USING (batch, document);
gmp_proven: SELECT batch FROM in_force_evidence UNION SELECT batch FROM gmp_exempt;
lapsed_only: SELECT batch FROM covered ANTI JOIN in_force_evidence USING (batch)
  ANTI JOIN gmp_exempt USING (batch);
evidence_submitted: SELECT batch FROM latest_evidence
    SEMI JOIN submitted USING (batch, document)
    SEMI JOIN (SELECT batch FROM covers SEMI JOIN submitted USING (batch, document))
      USING (batch)
  UNION SELECT batch FROM gmp_exempt;
dated_after: SELECT DISTINCT d.batch, d.document
  FROM release_doc d JOIN measured_by m USING (batch) WHERE d.signed >= m.granted;
released_after: SELECT DISTINCT batch FROM dated_after;
release_submitted: SELECT DISTINCT batch FROM dated_after
  SEMI JOIN submitted USING (batch, document);
last_signed: SELECT batch, max(signed) AS signed FROM release_doc GROUP BY batch;
-- The filing and the letter.
untranslated: SELECT DISTINCT filing FROM submission WHERE NOT chinese;
translated: SELECT batch FROM filing_line ANTI JOIN untranslated USING (filing);
lacks: SELECT l.batch, r.paper FROM filing_line l,
  (SELECT unnest(['application-letter', 'registration-certificate',
    'certificate-of-origin', 'purchase-contract', 'packing-list', 'bill-of-lading',
    'invoice', 'test-report', 'insert-and-label']) AS paper) r
  ANTI JOIN filing_paper p ON p.filing = l.filing AND p.paper = r.paper;
papers_complete: SELECT batch FROM filing_line ANTI JOIN lacks USING (batch);
proof_submitted: SELECT k.batch FROM k JOIN market_proof m USING (product)
    SEMI JOIN submission s ON s.filing = k.filing AND s.document = m.document
  UNION SELECT batch FROM proof_exempt;
letter_error: SELECT l.batch FROM letter l JOIN batch b USING (batch)
    WHERE l.made <> b.made
  UNION SELECT l.batch FROM letter l JOIN last_signed s USING (batch)
    WHERE l.released <> s.signed
  UNION SELECT l.batch FROM letter_approval l JOIN cn_approval a USING (approval)
    WHERE l.approved <> a.approved
  UNION SELECT l.batch FROM letter_approval l
    ANTI JOIN (FROM cn_approval WHERE approved IS NOT NULL) USING (approval)
  UNION SELECT m.batch FROM measured_by m SEMI JOIN letter USING (batch)
    ANTI JOIN letter_approval USING (batch, approval);
letter_right: SELECT batch FROM letter ANTI JOIN letter_error USING (batch);
claims_wrong: SELECT DISTINCT batch FROM claim ANTI JOIN ground USING (batch, clause);
claims_right: SELECT batch FROM letter ANTI JOIN claims_wrong USING (batch);
who_statement: SELECT document FROM market_proof WHERE who_format
  UNION SELECT document FROM gmp_evidence WHERE who_format;
format_right: SELECT batch FROM letter WHERE NOT who_format
  UNION SELECT batch FROM letter SEMI JOIN (
    SELECT batch FROM submitted SEMI JOIN who_statement USING (document)) USING (batch)
    WHERE who_format;
-- The law of import.
standing_licence: SELECT a.batch, a.approval, c.valid_to, a.filed
  FROM approved a JOIN cn_approval c USING (approval)
  WHERE c.kind = 'registration' AND (c.status = 'valid' OR c.status_date > a.filed);
licence_in_force: SELECT DISTINCT batch FROM standing_licence WHERE valid_to >= filed;
withdrawn_licence: SELECT a.batch, a.approval, c.status FROM approved a
  JOIN cn_approval c USING (approval)
  WHERE c.kind = 'registration' AND c.status IN ('cancelled', 'suspended')
    AND c.status_date <= a.filed;
months_needed: SELECT product, CASE WHEN shelf_life >= 12 THEN 12 ELSE 6 END AS months
  FROM product WHERE shelf_life IS NOT NULL;
fresh: SELECT k.batch, b.expires >= k.filed + to_months(m.months::INTEGER) AS enough
  FROM k JOIN batch b USING (batch) JOIN months_needed m ON m.product = k.product
  WHERE b.expires IS NOT NULL;
origin: SELECT l.batch, l.origin = s.country AS "right" FROM filing_line l
  JOIN batch b USING (batch) JOIN site s USING (site) WHERE l.origin IS NOT NULL;
importer: SELECT l.batch, f.importer AS organization, f.filed
  FROM filing_line l JOIN filing f USING (filing);
may_import: SELECT batch FROM importer i
  SEMI JOIN licence a ON a.organization = i.organization AND a.valid_to >= i.filed
    AND a.kind IN ('distribution', 'manufacturing')
  SEMI JOIN licence e ON e.organization = i.organization AND e.valid_to >= i.filed
    AND e.kind = 'business';
expired_licence: SELECT batch FROM importer i
  SEMI JOIN licence a ON a.organization = i.organization AND a.valid_to < i.filed;
first_sale: SELECT batch FROM k WHERE NOT EXISTS (
  SELECT 1 FROM sold s WHERE s.product = k.product AND s.since < k.filed);
needs_port_test: SELECT batch FROM first_sale UNION
  SELECT k.batch FROM k JOIN product p USING (product) WHERE p.lot_release;
port_of: SELECT l.batch, f.port, f.filed, p.first_import, p.closed
  FROM filing_line l JOIN filing f USING (filing) JOIN port p USING (port);
port_open: SELECT o.batch FROM port_of o LEFT JOIN needs_port_test n USING (batch)
  WHERE (o.closed IS NULL OR o.closed > o.filed)
    AND (o.first_import OR n.batch IS NULL);
lot_document: SELECT k.batch FROM k JOIN product p USING (product)
    WHERE NOT p.lot_release
  UNION SELECT k.batch FROM k JOIN product p USING (product)
    JOIN foreign_lot_release f USING (batch)
    WHERE p.lot_release AND f.conclusion IN ('released', 'exempt');
found_clean: SELECT batch FROM k ANTI JOIN port_finding USING (batch);
open_recall: SELECT k.batch, r.recall, r.opened FROM k JOIN recall r USING (batch)
  WHERE r.opened <= k.filed AND (r.closed IS NULL OR r.closed > k.filed);
not_recalled: SELECT batch FROM recently_checked ANTI JOIN open_recall USING (batch)
  WHERE subject = 'recalls';
open_event: SELECT DISTINCT k.site, k.batch, e.kind, e.opened
  FROM k JOIN site_event e USING (site)
  WHERE e.opened <= k.filed AND (e.closed IS NULL OR e.closed > k.filed);
site_in_order: SELECT batch FROM recently_checked ANTI JOIN open_event USING (batch)
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
permitted: SELECT k.batch FROM k JOIN product p USING (product)
    WHERE p.control = 'ordinary'
  UNION SELECT k.batch FROM k JOIN permit p USING (product) WHERE p.valid_to >= k.filed;
ordinary_product: SELECT b.batch FROM batch b JOIN product p USING (product)
  WHERE p.modality NOT IN ('blood', 'cell-gene');
-- What stands against it.
breach: SELECT batch, 'ANN-1(0)' AS clause FROM k ANTI JOIN registered USING (batch)
  UNION SELECT batch, 'ANN-1(scale)' FROM batch WHERE scale IN ('pilot', 'clinical')
  UNION SELECT batch, 'ANN-1' FROM all_ruled_out
  UNION SELECT batch, 'ANN-2(2)' FROM differs
  UNION SELECT batch, 'ANN-2(2)' FROM fails_standard
  UNION SELECT batch, 'ANN-2(3)' FROM has_evidence
    ANTI JOIN has_accepted_evidence USING (batch) ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'ANN-A3-2' FROM has_accepted_evidence
    ANTI JOIN covered USING (batch) ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'ANN-A3-4' FROM measured_by JOIN last_signed USING (batch)
    WHERE signed < granted
  UNION SELECT batch, 'ANN-2(1)' FROM lost ANTI JOIN authorized USING (batch)
    ANTI JOIN (SELECT l.batch FROM lost l WHERE l.reason = 'commercial') USING (batch)
    ANTI JOIN new_drug USING (batch)
  UNION SELECT batch, 'DIM-17(2)' FROM standing_licence
    ANTI JOIN licence_in_force USING (batch) WHERE valid_to < filed
  UNION SELECT batch, 'DIM-17(11)' FROM withdrawn_licence WHERE status = 'cancelled'
  UNION SELECT batch, 'DAL-83' FROM withdrawn_licence WHERE status = 'cancelled'
  UNION SELECT batch, 'DAL-99' FROM withdrawn_licence WHERE status = 'suspended'
  UNION SELECT batch, 'DIM-17(3)' FROM fresh WHERE NOT enough
  UNION SELECT batch, 'DIM-17(4)' FROM origin WHERE NOT "right"
  UNION SELECT batch, 'DIM-17(5)' FROM expired_licence
    ANTI JOIN may_import USING (batch)
  UNION SELECT batch, 'DIM-17(6)' FROM differs WHERE aspect = 'label'
  UNION SELECT batch, 'DIM-17(7)' FROM differs WHERE aspect = 'insert'
  UNION SELECT batch, 'DIM-17(8)' FROM port_of WHERE closed <= filed
  UNION SELECT batch, 'DIM-17(8)' FROM port_of SEMI JOIN needs_port_test USING (batch)
    WHERE NOT first_import
  UNION SELECT batch, 'DIM-17(9)' FROM foreign_lot_release
    ANTI JOIN lot_document USING (batch) WHERE conclusion = 'refused'
  UNION SELECT batch, CASE kind WHEN 'forged' THEN 'DIM-17(10)'
      WHEN 'sampling-refused' THEN 'DIM-17(12)' WHEN 'test-failed' THEN 'DIM-17(13)'
      ELSE 'DIM-17(14)' END FROM port_finding
  UNION SELECT batch, 'DAL-82' FROM open_recall
  UNION SELECT batch, 'DAL-99' FROM open_event WHERE kind = 'import-suspension'
  UNION SELECT batch, 'DRP-one' FROM several_in_charge WHERE filed >= DATE '2025-07-01'
  UNION SELECT k.batch, 'DIM-17(2)' FROM k JOIN permit p USING (product)
    ANTI JOIN permitted USING (batch) WHERE p.valid_to < k.filed;
referral: SELECT batch, 'ANN-1(scale)' AS clause FROM batch WHERE scale = 'validation'
  UNION SELECT batch, 'ANN-1(1)' FROM approved ANTI JOIN in_category USING (batch)
    WHERE class = 'other'
  UNION SELECT batch, 'ANN-1(1)' FROM class_31 ANTI JOIN in_category USING (batch)
    WHERE first_full_data IS NULL
  UNION SELECT k.batch, 'ANN-1(3)' FROM k JOIN indication i USING (product)
    JOIN disease_map d USING (disease)
    SEMI JOIN rare_disease r ON r.list = d.list AND r.number = d.number
    ANTI JOIN in_category c ON c.batch = k.batch WHERE d.mapping = 'subtype'
  UNION SELECT batch, 'ANN-1(5)' FROM accelerated ANTI JOIN in_category USING (batch)
    WHERE pathway = 'urgent-overseas-list'
  UNION SELECT batch, 'ANN-2(1)' FROM lost ANTI JOIN authorized USING (batch)
    ANTI JOIN new_drug USING (batch) WHERE reason = 'commercial'
  UNION SELECT c.batch, 'ANN-A3-2' FROM covers c JOIN lapsed_only USING (batch)
  UNION SELECT batch, 'DAL-99' FROM open_event WHERE kind = 'non-compliance'
  UNION SELECT k.batch, 'EDGE-modality' FROM k JOIN product p USING (product)
    WHERE p.modality IN ('blood', 'cell-gene');
gap: SELECT batch, 'DIM-4' AS clause FROM batch ANTI JOIN filing_line USING (batch)
  UNION SELECT batch, 'ANN-1(scale)' FROM batch WHERE scale = 'unknown'
  UNION SELECT k.batch, 'ANN-1' FROM k SEMI JOIN registered USING (batch)
    ANTI JOIN in_category USING (batch) ANTI JOIN all_ruled_out USING (batch)
    ANTI JOIN (SELECT batch FROM referral
      WHERE clause IN ('ANN-1(1)', 'ANN-1(3)', 'ANN-1(5)')) USING (batch)
  UNION SELECT batch, 'ANN-2(2)' FROM unknown SEMI JOIN k USING (batch)
  UNION SELECT batch, 'ANN-2(2)' FROM k SEMI JOIN registered USING (batch)
    ANTI JOIN meets_standard USING (batch) ANTI JOIN fails_standard USING (batch)
  UNION SELECT batch, 'ANN-2(3)' FROM k ANTI JOIN has_evidence USING (batch)
    ANTI JOIN gmp_exempt USING (batch)
  UNION SELECT batch, 'ANN-A1' FROM k ANTI JOIN letter USING (batch)
  UNION SELECT batch, 'ANN-A1' FROM claims_wrong SEMI JOIN k USING (batch)
  UNION SELECT batch, 'ANN-A2-0' FROM submitted WHERE NOT chinese
  UNION SELECT batch, 'ANN-A2-1' FROM k ANTI JOIN proof_submitted USING (batch)
  UNION SELECT batch, 'ANN-A2-2' FROM covered ANTI JOIN evidence_submitted USING (batch)
  UNION SELECT batch, 'ANN-A2-3' FROM released_after
    ANTI JOIN release_submitted USING (batch)
  UNION SELECT batch, 'ANN-A3-0' FROM lacks
  UNION SELECT batch, 'ANN-A3-1' FROM letter_error SEMI JOIN k USING (batch)
  UNION SELECT batch, 'ANN-A3-3' FROM letter SEMI JOIN k USING (batch)
    ANTI JOIN format_right USING (batch) WHERE who_format
  UNION SELECT batch, 'ANN-A3-4' FROM k ANTI JOIN release_doc USING (batch)
  UNION SELECT batch, 'ANN-2(1)' FROM k SEMI JOIN registered USING (batch)
    ANTI JOIN authorized USING (batch) ANTI JOIN lost USING (batch)
    ANTI JOIN new_drug USING (batch)
  UNION SELECT batch, 'ANN-2(1)' FROM change_open
  UNION SELECT batch, 'DIM-17(2)' FROM standing_licence
    ANTI JOIN licence_in_force USING (batch) WHERE valid_to IS NULL
  UNION SELECT a.batch, 'DIM-17(11)' FROM approved a JOIN cn_approval c USING (approval)
    WHERE c.kind = 'registration' AND c.status IN ('cancelled', 'suspended')
      AND c.status_date IS NULL
  UNION SELECT batch, 'DIM-17(3)' FROM batch SEMI JOIN k USING (batch)
    WHERE expires IS NULL
  UNION SELECT k.batch, 'DIM-17(3)' FROM k JOIN product p USING (product)
    WHERE p.shelf_life IS NULL
  UNION SELECT batch, 'DIM-17(4)' FROM filing_line WHERE origin IS NULL
  UNION SELECT batch, 'DIM-17(5)' FROM importer ANTI JOIN may_import USING (batch)
    ANTI JOIN expired_licence USING (batch)
  UNION SELECT k.batch, 'DIM-17(9)' FROM k JOIN product p USING (product)
    ANTI JOIN foreign_lot_release f ON f.batch = k.batch WHERE p.lot_release
  UNION SELECT k.batch, 'DIM-17(9)' FROM k JOIN product p USING (product)
    WHERE p.lot_release IS NULL
  UNION SELECT batch, 'DAL-82' FROM k ANTI JOIN
    (SELECT batch FROM recently_checked WHERE subject = 'recalls') USING (batch)
  UNION SELECT batch, 'DAL-99' FROM k ANTI JOIN
    (SELECT batch FROM recently_checked WHERE subject = 'site') USING (batch)
  UNION SELECT batch, 'DAL-38' FROM k ANTI JOIN signed_by_responsible USING (batch)
  UNION SELECT batch, 'DIM-17(1)' FROM k ANTI JOIN permitted USING (batch)
    ANTI JOIN permit USING (product);
note: SELECT x.batch, 'ANN-1(2)' AS clause FROM listed_on x JOIN k USING (batch)
  WHERE x.day <> k.filed AND NOT EXISTS (SELECT 1 FROM ground g
    WHERE g.batch = x.batch AND g.clause = 'ANN-1(2)') GROUP BY x.batch;
obligation: SELECT batch, 'port-test' AS duty FROM first_sale
  UNION SELECT k.batch, unnest(['biologic-port-test', 'lot-release'])
    FROM k JOIN product p USING (product) WHERE p.lot_release
  UNION SELECT k.batch, 'import-permit' FROM k JOIN product p USING (product)
    WHERE p.control <> 'ordinary'
  UNION SELECT f.batch, 'responsible-report' FROM first_sale f JOIN k USING (batch)
    WHERE k.filed >= DATE '2025-07-01';
"""
# All that a cleared batch has to have; its four aspects besides.
CLEARED = """
in_force foreign registered commercial made_before in_category marketed
packed_as_approved meets_standard papers_complete translated proof_submitted
evidence_submitted release_submitted letter_right claims_right gmp_proven format_right
released_after licence_in_force may_import port_open lot_document found_clean
not_recalled site_in_order responsible permitted ordinary_product
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
