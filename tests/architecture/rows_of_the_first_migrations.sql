-- A row of every table, as the first migration of each floor made them. Later migrations meet them; this file stays as it is.
INSERT INTO accounts_brand (id, slug, name, currency, timezone, landing_url, approval, candidate_purchases, created_at) VALUES
    ('1', 'frozen', 'Frozen', 'CNY', 'Asia/Shanghai', 'https://shop.example/p/{sku}', 'manual', '8', '2026-03-01 02:00:00+00');
INSERT INTO accounts_customer (id, brand_id, key, phone, name, first_seen_at) VALUES
    ('1', '1', 'c1', '', '', '2026-03-01 02:00:00+00');
INSERT INTO accounts_hits (id, scope, who, window_start, count) VALUES
    ('1', 'x', 'x', '2026-03-01 02:00:00+00', '0');
INSERT INTO accounts_idempotentanswer (id, user_id, key, request_digest, status, body, answered_at) VALUES
    ('1', '1', 'x', 'x', '1', '{}', '2026-03-01 02:00:00+00');
INSERT INTO accounts_koc (id, brand_id, user_id, key, name, status, tier_id, tier_pinned, invite_code, answers, joined_at, approved_at) VALUES
    ('1', '1', '1', 'a', 'a', 'active', '1', 'false', 'i2', '{}', '2026-03-01 02:00:00+00', NULL),
    ('2', '1', '2', 'b', 'b', 'active', '1', 'false', 'i5', '{}', '2026-03-01 02:00:00+00', NULL),
    ('3', '1', '3', 'c', 'c', 'active', '1', 'false', 'i8', '{}', '2026-03-01 02:00:00+00', NULL),
    ('4', '1', NULL, 'lead', 'lead', 'active', '1', 'false', 'i13', '{}', '2026-03-01 02:00:00+00', NULL),
    ('5', '1', NULL, 'low', 'low', 'active', '1', 'false', 'i14', '{}', '2026-03-01 02:00:00+00', NULL);
INSERT INTO accounts_onetimecode (id, phone, digest, sent_at, expires_at, used_at) VALUES
    ('1', 'x', 'x', '2026-03-01 02:00:00+00', '2026-03-01 02:00:00+00', NULL);
INSERT INTO accounts_session (id, user_id, current_jti, started_at, expires_at, ended_at) VALUES
    ('1', '1', 'x', '2026-03-01 02:00:00+00', '2026-03-01 02:00:00+00', NULL);
INSERT INTO accounts_staff (id, brand_id, user_id) VALUES
    ('1', '1', '4'),
    ('2', '1', '5');
INSERT INTO accounts_tier (id, brand_id, key, name, rank, growth, multiplier_bps, keep, keep_days) VALUES
    ('1', '1', 'seed', '种子', '0', '0', '11000', '0', '0');
INSERT INTO accounts_tierchange (id, koc_id, tier_before_id, changed_at) VALUES
    ('1', '1', '1', '2026-03-01 02:00:00+00');
INSERT INTO accounts_user (id, password, last_login, is_superuser, phone, name, language, is_staff, is_active, created_at) VALUES
    ('1', '!zpZexp2ReAVMK4octUoNFBxthf0T9VmkiaHHK7cs', NULL, 'false', '+8613800000004', '', 'zh-hans', 'false', 'true', '2026-11-29 06:24:43.56568+00'),
    ('2', '!S486pSG23arRpqIJ6iA3Ji0rKUHzXvpZLONNfLCg', NULL, 'false', '+8613800000007', '', 'zh-hans', 'false', 'true', '2026-11-29 06:24:43.607789+00'),
    ('3', '!FMuJQijDTacteZJBqbxODf8eSIJKE5Fy7lSM7iAV', NULL, 'false', '+8613800000010', '', 'zh-hans', 'false', 'true', '2026-11-29 06:24:43.64157+00'),
    ('4', '!A1Dn1o4Foc3ZV6Rl6vRf3AtnqamUYXfvCU0mP5Fk', NULL, 'false', '+8613800000011', 'Maker', 'zh-hans', 'true', 'true', '2026-11-29 06:24:43.965493+00'),
    ('5', '!nqrnI4CgdbuZByan4e7kZ3KL1OSetyzeHteP5qBD', NULL, 'false', '+8613800000012', 'Checker', 'zh-hans', 'true', 'true', '2026-11-29 06:24:44.004748+00');
INSERT INTO commissions_acknowledgement (id, brand_id, acknowledged_by, acknowledged_at, version, text) VALUES
    ('1', '1', 'x', '2026-03-01 02:00:00+00', 'x', 'x');
INSERT INTO commissions_adjustment (id, brand_id, koc_id, kind, amount_minor, note, happened_at, statement_id) VALUES
    ('1', '1', '4', 'subsidy', '500', 'n', '2026-04-03 02:00:00+00', NULL),
    ('2', '1', '5', 'allocation', '300', '', '2026-04-04 02:00:00+00', NULL);
INSERT INTO commissions_allocation (id, subsidy_id, to_id, kind, amount_minor, note, adjustment_id, child_id, allocated_at) VALUES
    ('1', '1', '5', 'money', '300', '', '2', NULL, '2026-04-04 02:00:00+00'),
    ('2', '1', '5', 'right', '200', '', NULL, '2', '2026-04-04 02:00:00+00');
INSERT INTO commissions_bonusterms (commission_id, base_minor, fixed_minor, own_base_minor, from_minor, room_minor, granted_minor) VALUES
    ('1', '1', '1', NULL, NULL, NULL, '1');
INSERT INTO commissions_campaign (id, brand_id, key, name, kind, starts_at, ends_at, skus, fixed_minor, steps, budget_minor, reserved_minor) VALUES
    ('1', '1', 'x', 'x', 'fixed', '2026-03-01 02:00:00+00', NULL, '{}', '100', '[]', '1', '0');
INSERT INTO commissions_commission (id, brand_id, line_id, koc_id, credit_id, campaign_id, level, amount_minor, reversed_minor, settled_minor, status, made_at, approved_at, void_from, statement_id, version_id, left_minor) VALUES
    ('1', '1', '1', '1', '1', NULL, '1', '1361', '0', '1361', 'paid', '2026-04-01 02:00:00+00', '2026-03-08 16:00:00+00', NULL, '1', NULL, NULL),
    ('2', '1', '2', '2', '3', NULL, '1', '1361', '0', '1361', 'settled', '2026-04-01 02:00:00+00', '2026-03-08 16:00:00+00', NULL, '2', NULL, NULL),
    ('3', '1', '3', '2', '2', NULL, '1', '1361', '0', '1361', 'settled', '2026-04-01 02:00:00+00', '2026-03-08 16:00:00+00', NULL, '2', NULL, NULL),
    ('4', '1', '4', '3', '6', NULL, '1', '1361', '0', '1361', 'settled', '2026-04-01 02:00:00+00', '2026-03-08 16:00:00+00', NULL, '3', NULL, NULL),
    ('5', '1', '5', '3', '5', NULL, '1', '1361', '0', '1361', 'settled', '2026-04-01 02:00:00+00', '2026-03-08 16:00:00+00', NULL, '3', NULL, NULL),
    ('6', '1', '6', '3', '4', NULL, '1', '1361', '0', '1361', 'settled', '2026-04-01 02:00:00+00', '2026-03-08 16:00:00+00', NULL, '3', NULL, NULL),
    ('7', '1', '7', '5', '7', NULL, '1', '1361', '453', '0', 'pending', '2026-04-03 02:00:00+00', NULL, NULL, NULL, NULL, NULL),
    ('8', '1', '8', '5', '8', NULL, '1', '1361', '1361', '0', 'reversed', '2026-04-03 02:00:00+00', NULL, NULL, NULL, NULL, NULL);
INSERT INTO commissions_decision (id, brand_id, digest, seen, verdicts) VALUES
    ('1', '1', 'f18d1b84d8aacd91e4f35fcabee35ed0', '{"sku": "S1", "plan": "base", "tiers": ["seed"], "version": 1, "category": "skincare", "channels": ["moments"], "customer": ""}', '[{"rule": 1, "verdict": "won", "position": 1}]');
INSERT INTO commissions_delivery (id, brand_id, order_key, delivered_at, hold_ends_at, matured) VALUES
    ('1', '1', 'a-0', '2026-03-01 02:00:00+00', '2026-03-08 16:00:00+00', 'true'),
    ('2', '1', 'b-0', '2026-03-01 02:00:00+00', '2026-03-08 16:00:00+00', 'true'),
    ('3', '1', 'b-1', '2026-03-01 02:00:00+00', '2026-03-08 16:00:00+00', 'true'),
    ('4', '1', 'c-0', '2026-03-01 02:00:00+00', '2026-03-08 16:00:00+00', 'true'),
    ('5', '1', 'c-1', '2026-03-01 02:00:00+00', '2026-03-08 16:00:00+00', 'true'),
    ('6', '1', 'c-2', '2026-03-01 02:00:00+00', '2026-03-08 16:00:00+00', 'true'),
    ('7', '1', 'B-1', '2026-04-01 02:00:00+00', '2026-04-08 16:00:00+00', 'false');
INSERT INTO commissions_event (id, brand_id, webhook_id, body_digest, type, body, status, refusal, received_at) VALUES
    ('1', '1', 'x', 'x', 'x', '{}', 'accepted', 'x', '2026-03-01 02:00:00+00');
INSERT INTO commissions_export (id, brand_id, kind, period, format, status, rows, rows_done, attempts, asked_by_id, asked_at, started_at, file, bytes, refusal) VALUES
    ('1', '1', 'commissions', 'x', 'xlsx', 'waiting', NULL, '0', '0', '1', '2026-03-01 02:00:00+00', NULL, '', NULL, 'x');
INSERT INTO commissions_intakesecret (id, brand_id, secret_sealed, last4, made_at) VALUES
    ('1', '1', 'gAAAAABrC8UsUVWu2ktsgLRXFOrkWf4Yj19huY-SeAvXuCgw-_kdl3UX0snmZzE7TYqWmreCom_jcJNGNVtLxLxkTQUpm152og==', 'ec_x', '2026-03-01 02:00:00+00');
INSERT INTO commissions_ledgercheck (id, brand_id, checked_at, laws, fault_count, faults, seconds) VALUES
    ('1', '1', '2026-03-01 02:00:00+00', '1', '0', '[]', '1.5');
INSERT INTO commissions_lineterms (line_id, decision_id, plan_id, rule_id, protected_from_id, compared, rate_bps, fixed_minor, override_bps, cap_minor, total_cap_bps) VALUES
    ('1', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('2', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('3', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('4', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('5', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('6', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('7', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000'),
    ('8', '1', '1', '1', NULL, NULL, '1250', NULL, '0', NULL, '3000');
INSERT INTO commissions_missedbonus (id, line_id, credit_id, campaign_id, amount_minor, because) VALUES
    ('1', '1', '1', '1', '1', 'guard');
INSERT INTO commissions_monthlyvolume (id, campaign_id, koc_id, period, base_minor) VALUES
    ('1', '1', '1', 'x', '1');
INSERT INTO commissions_order (id, brand_id, key, paid_at, customer_id, given_koc_id, given_share_id, given_click_id, awaited_click, given_coupon_id, order_discount_minor, shipping_minor, digest, reported_at, received_at, credited_at, credit, koc_id, share_id, customer_is_new, credit_seen) VALUES
    ('1', '1', 'a-0', '2026-03-01 02:00:00+00', NULL, NULL, '1', NULL, NULL, NULL, '0', '0', 'b5b0d1b12fc7a66b08a56a1a75b34c11', NULL, '2026-04-01 02:00:00+00', '2026-04-01 02:00:00+00', 'share', '1', '1', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('2', '1', 'b-0', '2026-03-01 02:00:00+00', NULL, NULL, '2', NULL, NULL, NULL, '0', '0', '7e0dd3c6057db0543631a649c56e3c5b', NULL, '2026-04-01 02:00:00+00', '2026-04-01 02:00:00+00', 'share', '2', '2', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('3', '1', 'b-1', '2026-03-01 02:00:00+00', NULL, NULL, '2', NULL, NULL, NULL, '0', '0', '952454f95d929f4a603fc9837f72fd37', NULL, '2026-04-01 02:00:00+00', '2026-04-01 02:00:00+00', 'share', '2', '2', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('4', '1', 'c-0', '2026-03-01 02:00:00+00', NULL, NULL, '3', NULL, NULL, NULL, '0', '0', '0f628d12d94d3228fba61f54cac6d7c3', NULL, '2026-04-01 02:00:00+00', '2026-04-01 02:00:00+00', 'share', '3', '3', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('5', '1', 'c-1', '2026-03-01 02:00:00+00', NULL, NULL, '3', NULL, NULL, NULL, '0', '0', 'd0503f30f55762b26301a51516c95d43', NULL, '2026-04-01 02:00:00+00', '2026-04-01 02:00:00+00', 'share', '3', '3', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('6', '1', 'c-2', '2026-03-01 02:00:00+00', NULL, NULL, '3', NULL, NULL, NULL, '0', '0', 'e1873eaa1c788dc0f538f31efc34c64e', NULL, '2026-04-01 02:00:00+00', '2026-04-01 02:00:00+00', 'share', '3', '3', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('7', '1', 'B-1', '2026-04-01 02:00:00+00', NULL, NULL, '4', NULL, NULL, NULL, '0', '0', '3d5c3d0e76b9646984932eedf63c46b1', NULL, '2026-04-03 02:00:00+00', '2026-04-03 02:00:00+00', 'share', '5', '4', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}'),
    ('8', '1', 'B-2', '2026-04-01 02:00:00+00', NULL, NULL, '4', NULL, NULL, NULL, '0', '0', '761e82dfa0c6d9eb6ef799851c7ffe58', NULL, '2026-04-03 02:00:00+00', '2026-04-03 02:00:00+00', 'share', '5', '4', NULL, '{"model": "last_click", "window_days": 30, "self_purchase": "refuse"}');
INSERT INTO commissions_ordercredit (id, order_id, place, koc_id, sponsor_id, no_level_2, share_id, credit_bps, tier, multiplier_bps, channel) VALUES
    ('1', '1', '0', '1', NULL, 'one_level', '1', '10000', 'seed', '11000', 'moments'),
    ('2', '3', '0', '2', NULL, 'one_level', '2', '10000', 'seed', '11000', 'moments'),
    ('3', '2', '0', '2', NULL, 'one_level', '2', '10000', 'seed', '11000', 'moments'),
    ('4', '6', '0', '3', NULL, 'one_level', '3', '10000', 'seed', '11000', 'moments'),
    ('5', '5', '0', '3', NULL, 'one_level', '3', '10000', 'seed', '11000', 'moments'),
    ('6', '4', '0', '3', NULL, 'one_level', '3', '10000', 'seed', '11000', 'moments'),
    ('7', '7', '0', '5', NULL, 'one_level', '4', '10000', 'seed', '11000', 'moments'),
    ('8', '8', '0', '5', NULL, 'one_level', '4', '10000', 'seed', '11000', 'moments');
INSERT INTO commissions_orderline (id, order_id, position, key, product_id, quantity, unit_price_minor, discount_minor, base_minor) VALUES
    ('1', '1', '0', '1', '1', '1', '9900', '0', '9900'),
    ('2', '2', '0', '1', '1', '1', '9900', '0', '9900'),
    ('3', '3', '0', '1', '1', '1', '9900', '0', '9900'),
    ('4', '4', '0', '1', '1', '1', '9900', '0', '9900'),
    ('5', '5', '0', '1', '1', '1', '9900', '0', '9900'),
    ('6', '6', '0', '1', '1', '1', '9900', '0', '9900'),
    ('7', '7', '0', '1', '1', '1', '9900', '0', '9900'),
    ('8', '8', '0', '1', '1', '1', '9900', '0', '9900');
INSERT INTO commissions_orderversion (id, order_id, reported_at, order_discount_minor, shipping_minor, status, received_at, answered) VALUES
    ('1', '1', '2026-03-01 02:00:00+00', '0', '0', 'waiting', '2026-03-01 02:00:00+00', 'false');
INSERT INTO commissions_payee (user_id, method, bank, id_type, name_sealed, id_number_sealed, account_sealed, id_number_last4, account_last4, person, updated_at) VALUES
    ('1', 'bank', '工商银行', 'other', 'gAAAAABrC8Ur1BdGv9s5qbiRYBFlZVf66JzY10_CLT1sWlcgPOUFbGS6ZyFm7EbGJ2pUOhoaBcTNRO5t51jCeq2MjrVL84fl2g==', 'gAAAAABrC8Ur-mRSAjVa8POm2ByjXa7Rbe7ytDhM9WUdTIK7hDAyPJkADsFsacTRzUNAJzm7t9JnWeYaNfLQvQvxvMNBljcFgQ==', 'gAAAAABrC8Urgzww8qXE2YBVqN6SdyPHIoLoDbDJSG8OsU8zq-Gh6UjZqlTRTsZqNmuwpsfQv-YV-H1GrfNv_3W-Gi9_xqynPdZoyOEXd6N0UDY_d7o7-PE=', '0004', '0001', '9c2c4a807d75f13acfc3797b9a80df43c408ef4430221b8f6415ca2ad56fdde4', '2026-03-01 02:00:00+00'),
    ('2', 'bank', '工商银行', 'other', 'gAAAAABrC8UrfakLV_g_-dtXq3FCYouy4eR00etXElsKbSU8crXHpYnvrg1fAN87S9uRPc26JAByStLrae3xqHKqW9H42A6OHA==', 'gAAAAABrC8UrjGzTuuSPzvhUzYlqIYVDKwxKEOeo9-5beuw3wvhuB5QWFGIB22-IYG3HP7tJ7XdAYHnAsSX6DuPNi4T4h-xdjw==', 'gAAAAABrC8UrWmpSrxGURacjjzdXPx9zc7MSBdNX3MsSYAjHl1zqYb9SUhKRlV0m8tuTusOSE2r1CfGnIwIG5Gtn5tW5RmJGAbCm6sMq36s9iBiaaf37a-s=', '0007', '0002', 'fd8bf9a0ee52d10f0dc68b5b2077a270371a9731f67eb32dba060babe46343be', '2026-03-01 02:00:00+00'),
    ('3', 'bank', '工商银行', 'other', 'gAAAAABrC8UrSwH5IjH33CUw4NreegulPbqdvAy4AzsqvgJb3QRhplqoBRQ68RODn2FdJSvZ4yBeYmLXy0mBBX_FNU9W5IJRYA==', 'gAAAAABrC8UruJli3RtmDRUQMIJujmsjrEFF6k_UyAq4Wrgvse5j2vMBSQoMP06UC1LhR3V52Vj0xr9MjDE5IqKW0j4ff1j-Ig==', 'gAAAAABrC8UrD1Xf_IMUFtv8qg95vDfRqy9-HmTLreIpZ8vK7w6t_ycWeMbkS72U6HmObh_sh18wcM3K8I-t_WfRbG8XhIxsmZKGamlPu1bQnL4bOgXvS-s=', '0010', '0003', 'a9952ffc7ad7aa0dd91038fe4e677f6d7c6fa0eec25756d10565dd535a787089', '2026-03-01 02:00:00+00');
INSERT INTO commissions_payeeread (id, user_id, brand_id, reader_id, who, why, read_at) VALUES
    ('1', '1', '1', '5', 'Checker', 'payout batch #1 exported as generic', '2026-04-01 02:00:00+00'),
    ('2', '2', '1', '5', 'Checker', 'payout batch #1 exported as generic', '2026-04-01 02:00:00+00'),
    ('3', '3', '1', '5', 'Checker', 'payout batch #1 exported as generic', '2026-04-01 02:00:00+00');
INSERT INTO commissions_payoutbatch (id, brand_id, number, currency, title, status, lines_count, total_minor, made_by_id, made_at, approved_by_id, approved_at, exported_by_id, exported_at, template_key, template_text, closed_at, cancelled_by_id, cancelled_at) VALUES
    ('1', '1', '1', 'CNY', 'Frozen 2026-03', 'exported', '3', '8166', '4', '2026-04-01 02:00:00+00', '5', '2026-04-01 02:00:00+00', '5', '2026-04-01 02:00:00+00', 'generic', '# One line for each payment, with all that a bank asks for. Copy it for a bank with a layout of its own.
format: csv
encoding: utf-8-sig
columns:
  - {header: sequence, value: sequence}
  - {header: reference, value: reference}
  - {header: payee_name, value: payee_name}
  - {header: method, value: method}
  - {header: bank, value: bank}
  - {header: account, value: account}
  - {header: amount, value: amount}
  - {header: currency, value: currency}
  - {header: note, value: note}
', NULL, NULL, NULL);
INSERT INTO commissions_payoutline (id, batch_id, position, statement_id, koc_id, amount_minor, reference, status, method, account_last4, payee_sealed, bank_reference, reason, paid_at, result_at, result_file) VALUES
    ('1', '1', '1', '1', '1', '1361', 'PISLHMJB6YFDQ', 'paid', 'bank', '0001', 'gAAAAABrC8UsM0rwV5MMgQjKVN2r8P5mFqybqDiZCiyzDSVrL79jHxS__gtKkv7z4cDcsfP6aRkN_WKhdcerE7fVLv1UaN7dTHLhEGus67JnNIBPm97pUkpcFh6SiuXJ7mT84oIy3hYtd-eidk4U39-NEhaVhtj7dqcTu9DnvFhIBHqtG7TvHK5cG-Wb9qA7762PHZU9TEdX846b3oNV3pgDqRwYD8_kZam6EoNpg3SeUB9B7zosH2U=', '', '', NULL, '2026-04-03 02:00:00+00', 'results.csv'),
    ('2', '1', '2', '2', '2', '2722', 'PBJOEV65IS3IU', 'failed', 'bank', '0002', 'gAAAAABrC8UsbapIc6gg41YLluza3VQb_FCwTifcZyIUbIwUjHULCOAXGwSE6kWsH5L5FOHujLrOAQeYJW8qPwC5DrA0Ds9yR8hsYkIeK4ua2PTX9lnY96gUTIBg16yfEnwS36WU9Eia70yAZesoxi-nN2b33R2FL4maBkJDNRpmE9mE0SBRMGrt_kqU5rz2SabnOrLhmtPAWDaYpYGymOPP_TeDAI7zPSkiswmPi0v73sraZXt9OyU=', '', 'closed', NULL, '2026-04-03 02:00:00+00', 'results.csv'),
    ('3', '1', '3', '3', '3', '4083', 'P4NSMFKQJ3WN3', 'waiting', 'bank', '0003', 'gAAAAABrC8UsTLxZIRtIMZBddD3nXiNxynhGbw_U-lVKF2ouY8_Z2G_qcnblgD43iBcALVSxu9P04zcU79nNrz1f6eaHl_WSHZi0zjUlcmIoezaRYGeMgMYXhu5HR_nLWFM3T2-dHhDY0yIFjhk1IbShlIjd5RRhl0ig7eijek1CKcA-KBDQCtCFmvWVeJVpnLf6MHhyzO-aFeR0V-fS5KVhlvtmXGJCbSM4erPbA4Gr8VJxUdFqFkI=', '', '', NULL, NULL, '');
INSERT INTO commissions_payouttemplate (id, brand_id, key, text, written_by_id, written_at) VALUES
    ('1', '1', 'x', 'x', '1', '2026-03-01 02:00:00+00');
INSERT INTO commissions_paypolicy (brand_id, hold_days, hold_rule, paid_levels, level2_acknowledged_by, level2_acknowledged_at, total_cap_bps, min_payout_minor, rate_protection_days, withdrawals, tax) VALUES
    ('1', '7', 'day_after', '1', '', NULL, '3000', '1', '30', 'false', 'none');
INSERT INTO commissions_plan (id, brand_id, key, version, starts_at, ends_at) VALUES
    ('1', '1', 'base', '1', '2026-01-01 00:00:00+00', NULL);
INSERT INTO commissions_refund (id, brand_id, order_key, kind, key, refunded_at, status, refusal, received_at) VALUES
    ('1', '1', 'B-1', 'refund', 'R-1', '2026-04-02 02:00:00+00', 'applied', '', '2026-04-03 02:00:00+00'),
    ('2', '1', 'B-2', 'cancellation', '', '2026-04-02 02:00:00+00', 'applied', '', '2026-04-03 02:00:00+00');
INSERT INTO commissions_refundline (id, refund_id, line_key, amount_minor) VALUES
    ('1', '1', '1', '3300');
INSERT INTO commissions_reversal (id, commission_id, refund_id, version_id, review_id, amount_minor, happened_at, booked_at) VALUES
    ('1', '7', '1', NULL, NULL, '453', '2026-04-02 02:00:00+00', '2026-04-03 02:00:00+00'),
    ('2', '8', '2', NULL, NULL, '1361', '2026-04-02 02:00:00+00', '2026-04-03 02:00:00+00');
INSERT INTO commissions_riskreview (id, commission_id, reason, note, opened_by_id, opened_at, outcome, closed_by_id, closed_at) VALUES
    ('1', '1', 'self_purchase', 'x', NULL, '2026-03-01 02:00:00+00', '', NULL, NULL);
INSERT INTO commissions_rule (id, plan_id, position, priority, skus, categories, tiers, channels, customer, rate_bps, fixed_minor, override_bps, cap_minor) VALUES
    ('1', '1', '0', '0', '{}', '{}', '{}', '{}', '', '1250', NULL, '0', NULL);
INSERT INTO commissions_settlement (id, brand_id, currency, period, settled_at, on_request, tax_table_id, reopened_at, reopened_by_id, reopened_because) VALUES
    ('1', '1', 'CNY', '2026-03', '2026-04-01 02:00:00+00', 'false', NULL, NULL, NULL, '');
INSERT INTO commissions_signal (id, brand_id, kind, koc_id, measured, threshold, evidence, found_at, state, decided_by_id, decided_at, reason) VALUES
    ('1', '1', 'self_purchase', '1', '1', '1', '{}', '2026-03-01 02:00:00+00', 'open', NULL, NULL, '');
INSERT INTO commissions_signalfact (id, signal_id, kind, koc_id, order_id, customer_id, other_id, share_id, hour) VALUES
    ('1', '1', 'self_purchase', '1', '1', NULL, NULL, NULL, NULL);
INSERT INTO commissions_signalhold (id, signal_id, review_id) VALUES
    ('1', '1', '1');
INSERT INTO commissions_signalpolicy (id, brand_id, kind, is_on, holds, threshold, beside, days) VALUES
    ('1', '1', 'self_purchase', 'true', 'false', '1', '0', '1');
INSERT INTO commissions_signalsearch (brand_id, searched_at) VALUES
    ('1', '2026-03-01 02:00:00+00');
INSERT INTO commissions_statement (id, settlement_id, koc_id, period, currency, gross_minor, debt_in_minor, tax_method, taxable_minor, tax_minor, net_minor, carried_out_minor, status, on_request) VALUES
    ('1', '1', '1', '2026-03', 'CNY', '1361', '0', 'none', '0', '0', '1361', '0', 'paid', 'false'),
    ('2', '1', '2', '2026-03', 'CNY', '2722', '0', 'none', '0', '0', '2722', '0', 'ready', 'false'),
    ('3', '1', '3', '2026-03', 'CNY', '4083', '0', 'none', '0', '0', '4083', '0', 'ready', 'false');
INSERT INTO commissions_statementline (id, statement_id, commission_id, adjustment_id, amount_minor) VALUES
    ('1', '1', '1', NULL, '1361'),
    ('2', '2', '2', NULL, '1361'),
    ('3', '2', '3', NULL, '1361'),
    ('4', '3', '4', NULL, '1361'),
    ('5', '3', '5', NULL, '1361'),
    ('6', '3', '6', NULL, '1361');
INSERT INTO commissions_subsidy (id, brand_id, koc_id, parent_id, own_minor, hand_on_minor, allocated_minor, returned_minor, may_pass_on, expires_at, note, key, own_part_id, granted_by_id, granted_at, ended_by_id) VALUES
    ('1', '1', '4', NULL, '500', '1000', '500', '0', 'true', NULL, 'n', NULL, '1', '4', '2026-04-03 02:00:00+00', NULL),
    ('2', '1', '5', '1', '0', '200', '0', '0', 'true', NULL, '', NULL, NULL, NULL, '2026-04-04 02:00:00+00', NULL);
INSERT INTO commissions_transfer (id, source_id, target_id, amount_minor, reason, cause_id, moved_at) VALUES
    ('1', '1', '2', '1361', 'accrual', '1', '2026-04-01 02:00:00+00'),
    ('10', '4', '7', '1361', 'approval', '4', '2026-04-01 02:00:00+00'),
    ('11', '4', '7', '1361', 'approval', '5', '2026-04-01 02:00:00+00'),
    ('12', '4', '7', '1361', 'approval', '6', '2026-04-01 02:00:00+00'),
    ('13', '5', '9', '1361', 'settlement', '1', '2026-04-01 02:00:00+00'),
    ('14', '6', '10', '2722', 'settlement', '2', '2026-04-01 02:00:00+00'),
    ('15', '7', '11', '4083', 'settlement', '3', '2026-04-01 02:00:00+00'),
    ('16', '9', '12', '1361', 'payout', '1', '2026-04-01 02:00:00+00'),
    ('17', '10', '13', '2722', 'payout', '2', '2026-04-01 02:00:00+00'),
    ('18', '11', '14', '4083', 'payout', '3', '2026-04-01 02:00:00+00'),
    ('19', '12', '15', '1361', 'paid', '1', '2026-04-03 02:00:00+00'),
    ('2', '1', '3', '1361', 'accrual', '2', '2026-04-01 02:00:00+00'),
    ('20', '13', '10', '2722', 'returned', '2', '2026-04-03 02:00:00+00'),
    ('21', '1', '16', '1361', 'accrual', '7', '2026-04-03 02:00:00+00'),
    ('22', '1', '16', '1361', 'accrual', '8', '2026-04-03 02:00:00+00'),
    ('23', '16', '1', '453', 'reversal', '1', '2026-04-03 02:00:00+00'),
    ('24', '16', '1', '1361', 'reversal', '2', '2026-04-03 02:00:00+00'),
    ('25', '17', '18', '500', 'subsidy', '1', '2026-04-03 02:00:00+00'),
    ('26', '17', '19', '1000', 'grant', '1', '2026-04-03 02:00:00+00'),
    ('27', '19', '20', '300', 'allocation', '2', '2026-04-04 02:00:00+00'),
    ('28', '19', '21', '200', 'passing', '2', '2026-04-04 02:00:00+00'),
    ('3', '1', '3', '1361', 'accrual', '3', '2026-04-01 02:00:00+00'),
    ('4', '1', '4', '1361', 'accrual', '4', '2026-04-01 02:00:00+00'),
    ('5', '1', '4', '1361', 'accrual', '5', '2026-04-01 02:00:00+00'),
    ('6', '1', '4', '1361', 'accrual', '6', '2026-04-01 02:00:00+00'),
    ('7', '2', '5', '1361', 'approval', '1', '2026-04-01 02:00:00+00'),
    ('8', '3', '6', '1361', 'approval', '2', '2026-04-01 02:00:00+00'),
    ('9', '3', '6', '1361', 'approval', '3', '2026-04-01 02:00:00+00');
INSERT INTO commissions_versionline (id, version_id, key, product_id, quantity, unit_price_minor, discount_minor, base_minor) VALUES
    ('1', '1', 'x', '1', '1', '1', '0', '1');
INSERT INTO commissions_wallet (id, brand_id, koc_id, kind, currency, balance_minor) VALUES
    ('1', '1', NULL, 'commissions', 'CNY', NULL),
    ('10', '1', '2', 'settled', 'CNY', '2722'),
    ('11', '1', '3', 'settled', 'CNY', '0'),
    ('12', '1', '1', 'paying', 'CNY', '0'),
    ('13', '1', '2', 'paying', 'CNY', '0'),
    ('14', '1', '3', 'paying', 'CNY', '4083'),
    ('15', '1', NULL, 'paid', 'CNY', NULL),
    ('16', '1', '5', 'pending', 'CNY', '908'),
    ('17', '1', NULL, 'subsidies', 'CNY', NULL),
    ('18', '1', '4', 'approved', 'CNY', '500'),
    ('19', '1', '4', 'subsidy', 'CNY', '500'),
    ('2', '1', '1', 'pending', 'CNY', '0'),
    ('20', '1', '5', 'approved', 'CNY', '300'),
    ('21', '1', '5', 'subsidy', 'CNY', '200'),
    ('3', '1', '2', 'pending', 'CNY', '0'),
    ('4', '1', '3', 'pending', 'CNY', '0'),
    ('5', '1', '1', 'approved', 'CNY', '0'),
    ('6', '1', '2', 'approved', 'CNY', '0'),
    ('7', '1', '3', 'approved', 'CNY', '0'),
    ('8', '1', NULL, 'tax', 'CNY', NULL),
    ('9', '1', '1', 'settled', 'CNY', '0');
INSERT INTO commissions_writeoff (id, brand_id, koc_id, amount_minor, reason, status, asked_by_id, asked_at, decided_by_id, decided_at, adjustment_id) VALUES
    ('1', '1', '5', '1', 'lost', 'asked', '4', '2026-04-03 02:00:00+00', NULL, NULL, NULL);
INSERT INTO content_kit (id, brand_id, key, title, product_id, audience_size, status, created_at) VALUES
    ('1', '1', 'kit1', '我的 28 天', NULL, NULL, 'published', '2026-03-01 02:00:00+00');
INSERT INTO content_product (id, brand_id, sku, name, category, price_minor, landing_url) VALUES
    ('1', '1', 'S1', 'S1', 'skincare', '9900', '');
INSERT INTO content_section (id, kit_id, kind, channel, text, position) VALUES
    ('1', '1', 'usage', 'any', 'usage 文案', '0'),
    ('2', '1', 'service', 'any', 'service 文案', '1'),
    ('3', '1', 'value', 'any', 'value 文案', '2');
INSERT INTO growth_contest (id, brand_id, name, kind, rule, least, starts_at, ends_at) VALUES
    ('1', '1', 'April', 'sales', '', '0', '2026-03-01 02:00:00+00', '2026-03-31 02:00:00+00');
INSERT INTO growth_prize (id, contest_id, first, last, what) VALUES
    ('1', '1', '1', '1', 'a trip');
INSERT INTO referrals_acquaintance (id, customer_id, visitor) VALUES
    ('1', '1', 'x');
INSERT INTO referrals_binding (id, customer_id, koc_id, share_id, cause, since, until, because) VALUES
    ('1', '1', '1', NULL, 'click', '2026-03-01 02:00:00+00', NULL, '');
INSERT INTO referrals_cascade (root_id, brand_id, shares, size_sum, square_sum, people, reach) VALUES
    ('1', '1', '1', '0', '0', '1', '1'),
    ('2', '1', '1', '0', '0', '1', '1'),
    ('3', '1', '1', '0', '0', '1', '1'),
    ('4', '1', '2', '1', '1', '2', '3');
INSERT INTO referrals_cascadelayer (root_id, depth, shares, visits, people, first_at) VALUES
    ('1', '0', '1', '0', '1', '2026-03-01 02:00:00+00'),
    ('2', '0', '1', '0', '1', '2026-03-01 02:00:00+00'),
    ('3', '0', '1', '0', '1', '2026-03-01 02:00:00+00'),
    ('4', '1', '1', '0', '2', '2026-03-01 02:00:00+00'),
    ('4', '0', '1', '1', '1', '2026-03-01 02:00:00+00');
INSERT INTO referrals_cascadeperson (root_id, person, depth, shared) VALUES
    ('1', 'a', '0', 'true'),
    ('2', 'b', '0', 'true'),
    ('3', 'c', '0', 'true'),
    ('4', 'low', '0', 'true'),
    ('4', 'lead', '1', 'true'),
    ('4', 'v1', '1', 'false');
INSERT INTO referrals_community (id, brand_id, leader_id, kind, name, topic, code, opened_at, closed_at) VALUES
    ('1', '1', '4', 'group', 'group', '', 'n8dcz1wdng', '2026-03-01 02:00:00+00', NULL);
INSERT INTO referrals_communitymember (id, community_id, koc_id, customer_id, joined_at, left_at) VALUES
    ('1', '1', '4', NULL, '2026-03-01 02:00:00+00', NULL);
INSERT INTO referrals_coupon (id, brand_id, koc_id, code, channel, starts_at, ends_at, valid_days, stock, most_per_customer, used, stopped_at) VALUES
    ('1', '1', '1', 'C1', 'any', '2026-03-01 02:00:00+00', NULL, NULL, NULL, NULL, '0', NULL);
INSERT INTO referrals_couponreceipt (id, coupon_id, customer_id, received_at) VALUES
    ('1', '1', '1', '2026-03-01 02:00:00+00');
INSERT INTO referrals_couponuse (id, coupon_id, customer_id, order_key, used_at) VALUES
    ('1', '1', NULL, 'x', '2026-03-01 02:00:00+00');
INSERT INTO referrals_creditpolicy (brand_id, attribution, window_days, binding_mode, binding_days, binding_by, binding_protect_days, binding_release_days, self_purchase) VALUES
    ('1', 'last_click', '30', 'none', NULL, 'either', NULL, NULL, 'refuse');
INSERT INTO referrals_shareaggregate (share_id, size) VALUES
    ('1', '1'),
    ('2', '1'),
    ('3', '1'),
    ('4', '2'),
    ('5', '1');
INSERT INTO referrals_invitationpolicy (brand_id, most_people, in_days, valid_days) VALUES
    ('1', NULL, NULL, NULL);
INSERT INTO referrals_share (id, brand_id, koc_id, kit_id, channel, parent_id, root_id, depth, code, key, shared_at, tapped_on) VALUES
    ('1', '1', '1', '1', 'moments', NULL, NULL, '0', 's3', 'a', '2026-03-01 02:00:00+00', NULL),
    ('2', '1', '2', '1', 'moments', NULL, NULL, '0', 's6', 'b', '2026-03-01 02:00:00+00', NULL),
    ('3', '1', '3', '1', 'moments', NULL, NULL, '0', 's9', 'c', '2026-03-01 02:00:00+00', NULL),
    ('4', '1', '5', '1', 'moments', NULL, NULL, '0', 's15', 'low-1', '2026-03-01 02:00:00+00', NULL),
    ('5', '1', '4', '1', 'moments', '4', '4', '1', 's16', 'lead-1', '2026-03-01 02:00:00+00', NULL);
INSERT INTO referrals_sponsorchange (id, koc_id, sponsor_before_id, changed_at, reason, changed_by_id) VALUES
    ('1', '1', NULL, '2026-03-01 02:00:00+00', 'x', NULL);
INSERT INTO referrals_sponsorship (koc_id, brand_id, sponsor_id, root_id, depth, code_drawn_at) VALUES
    ('1', '1', NULL, '1', '0', NULL),
    ('2', '1', NULL, '2', '0', NULL),
    ('3', '1', NULL, '3', '0', NULL),
    ('4', '1', NULL, '4', '0', NULL),
    ('5', '1', '4', '4', '1', NULL);
INSERT INTO referrals_pendingaggregate (id, brand_id, share_id, visit_id) VALUES
    ('7', '1', '1', NULL);
INSERT INTO referrals_visit (id, share_id, visitor, visited_at, uncounted, source) VALUES
    ('1', '4', 'v1', '2026-03-01 02:00:00+00', '', '');
