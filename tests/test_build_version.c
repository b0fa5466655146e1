#include "support/test.h"

#include "rule/build_version.h"

static void reads_tags_and_branch_builds(void **state)
{
	static const struct {
		const char *text;
		enum qn_build_kind kind;
		unsigned major, minor, patch;
		const char *branch;
		unsigned date;
		const char *commit, *suffix;
	} cases[] = {
		{"v2.5.6", QN_BUILD_TAG, 2, 5, 6, "", 0, "", ""},
		{"2.4.13-hotfix", QN_BUILD_TAG, 2, 4, 13, "", 0, "", "hotfix"},
		{"v2.5.3-gpu", QN_BUILD_TAG, 2, 5, 3, "", 0, "", "gpu"},
		{"2.5.0-beta", QN_BUILD_TAG, 2, 5, 0, "", 0, "", "beta"},
		{" v2.6.0-rc1-gpu\n", QN_BUILD_TAG, 2, 6, 0, "", 0, "", "rc1-gpu"},
		{"2.5-20250306-89bc9459-amd64", QN_BUILD_BRANCH, 2, 5, 0, "2.5", 20250306, "89bc9459",
		 "amd64"},
		{"2.5-20250618-e30fc0fb", QN_BUILD_BRANCH, 2, 5, 0, "2.5", 20250618, "e30fc0fb", ""},
		{"2.3-20231212-abc", QN_BUILD_BRANCH, 2, 3, 0, "2.3", 20231212, "abc", ""},
		{"v2.5-20250618-e30fc0fb", QN_BUILD_BRANCH, 2, 5, 0, "2.5", 20250618, "e30fc0fb", ""},
		{"master-20250705-951c312e", QN_BUILD_BRANCH, 0, 0, 0, "master", 20250705, "951c312e", ""},
		{"master-20250705-951c312e-amd64", QN_BUILD_BRANCH, 0, 0, 0, "master", 20250705, "951c312e",
		 "amd64"},
		{"unknown", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"unknown-20260101-0a1b2c3d", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"master", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"master-latest", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"master-20250705", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"master-20250705-", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"master-202507051-abc", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"2.5", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"2.5-latest", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"2.5.", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"2.5.6x", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"v", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
		{"2.9999999999.1", QN_BUILD_UNKNOWN, 0, 0, 0, "", 0, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_build_version version = qn_build_version_parse(qn_text_of(cases[i].text));

		if (version.kind != cases[i].kind)
			fail_msg("'%s' is of kind %d", cases[i].text, version.kind);
		assert_int_equal(version.major, cases[i].major);
		assert_int_equal(version.minor, cases[i].minor);
		assert_int_equal(version.patch, cases[i].patch);
		assert_int_equal(version.date, cases[i].date);
		assert_text(version.branch, cases[i].branch);
		assert_text(version.commit, cases[i].commit);
		assert_text(version.suffix, cases[i].suffix);
	}
}

static void orders_versions_of_one_branch(void **state)
{
	static const struct {
		const char *a, *b;
		enum qn_build_order order;
	} cases[] = {
		{"v2.5.6", "2.5.6", QN_BUILD_SAME},
		{"v2.5.6", "v2.5.10", QN_BUILD_OLDER},
		{"v2.5.6", "v2.6.0", QN_BUILD_NOT_COMPARABLE},
		{"v1.5.6", "v2.5.6", QN_BUILD_NOT_COMPARABLE},
		{"v2.5.3-gpu", "v2.5.3", QN_BUILD_SAME},
		{"v2.5.3-gpu", "v2.5.3-amd64", QN_BUILD_SAME},
		{"v2.5.0-beta", "v2.5.0", QN_BUILD_OLDER},
		{"v2.5.0-beta", "v2.5.0-rc1", QN_BUILD_OLDER},
		{"v2.5.0-alpha", "v2.5.0-beta", QN_BUILD_OLDER},
		{"v2.5.0-rc1", "v2.5.0-rc2", QN_BUILD_OLDER},
		{"v2.5.0-rc.2", "v2.5.0-rc2", QN_BUILD_SAME},
		{"v2.5.0-rc10-gpu", "v2.5.0-rc9", QN_BUILD_NEWER},
		{"v2.5.0-rc1", "v2.4.9", QN_BUILD_NOT_COMPARABLE},
		{"v2.4.13-hotfix", "v2.4.13", QN_BUILD_NEWER},
		{"v2.4.13-hotfix", "v2.4.14", QN_BUILD_OLDER},
		{"v2.4.13-mystery", "v2.4.13", QN_BUILD_NOT_COMPARABLE},
		{"v2.4.13-mystery", "v2.4.13-mystery", QN_BUILD_SAME},
		{"v2.4.13-mystery", "v2.4.14", QN_BUILD_OLDER},
		{"v2.4.13-dev", "v2.4.13", QN_BUILD_NOT_COMPARABLE},
		{"v2.4.13-rcx", "v2.4.13", QN_BUILD_NOT_COMPARABLE},
		{"2.5-20250306-89bc9459-amd64", "2.5-20250306-89bc9459", QN_BUILD_SAME},
		{"2.5-20250305-11111111", "2.5-20250306-89bc9459", QN_BUILD_OLDER},
		{"2.5-20250307-11111111", "2.5-20250306-89bc9459", QN_BUILD_NEWER},
		{"2.5-20250306-11111111", "2.5-20250306-89bc9459", QN_BUILD_NOT_COMPARABLE},
		{"2.5-20250306-89bc945", "2.5-20250306-89bc9459", QN_BUILD_SAME},
		{"2.5-20250306-89b", "2.5-20250306-89bc9459", QN_BUILD_NOT_COMPARABLE},
		{"2.4-20250306-89bc9459", "2.5-20250306-89bc9459", QN_BUILD_NOT_COMPARABLE},
		{"master-20250307-89bc9459", "2.5-20250306-89bc9459", QN_BUILD_NOT_COMPARABLE},
		{"master-20250307-89bc9459", "master-20250306-89bc9459", QN_BUILD_NEWER},
		{"v2.5.6", "2.5-20250306-89bc9459", QN_BUILD_NOT_COMPARABLE},
		{"unknown", "unknown", QN_BUILD_NOT_COMPARABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const enum qn_build_order mirrored[] = {
			[QN_BUILD_OLDER] = QN_BUILD_NEWER,
			[QN_BUILD_NEWER] = QN_BUILD_OLDER,
			[QN_BUILD_SAME] = QN_BUILD_SAME,
			[QN_BUILD_NOT_COMPARABLE] = QN_BUILD_NOT_COMPARABLE,
		};
		struct qn_build_version a = qn_build_version_parse(qn_text_of(cases[i].a));
		struct qn_build_version b = qn_build_version_parse(qn_text_of(cases[i].b));

		if (qn_build_version_compare(&a, &b) != cases[i].order ||
		    qn_build_version_compare(&b, &a) != mirrored[cases[i].order])
			fail_msg("%s against %s", cases[i].a, cases[i].b);
	}
}

static void says_whether_a_build_holds_a_fix(void **state)
{
	static const struct {
		const char *version;
		const char *fixed_in[3];
		enum qn_fix fix;
	} cases[] = {
		{"v2.5.9", {"v2.5.9"}, QN_FIX_PRESENT},
		{"v2.5.10", {"v2.5.9"}, QN_FIX_PRESENT},
		{"v2.5.8", {"v2.5.9"}, QN_FIX_UPGRADE},
		{"v2.5.9-rc1", {"v2.5.9"}, QN_FIX_UPGRADE},
		{"v2.5.9-gpu", {"v2.5.9"}, QN_FIX_PRESENT},
		/* each branch has a fix point of its own */
		{"v2.4.10", {"v2.4.11", "v2.5.3"}, QN_FIX_UPGRADE},
		{"v2.4.11", {"v2.4.11", "v2.5.3"}, QN_FIX_PRESENT},
		{"v2.5.2", {"v2.4.11", "v2.5.3"}, QN_FIX_UPGRADE},
		/* branched off after the last fix point */
		{"v2.6.0", {"v2.4.11", "v2.5.3"}, QN_FIX_PRESENT},
		{"v3.0.0", {"v2.4.11", "v2.5.3"}, QN_FIX_PRESENT},
		{"v2.4.0", {"v2.3.6"}, QN_FIX_PRESENT},
		/* in between, or before all: not known to be fixed, nor when it will be */
		{"v2.4.0", {"v2.3.6", "v2.5.1"}, QN_FIX_UNKNOWN},
		{"v2.2.9", {"v2.3.6"}, QN_FIX_UNKNOWN},
		{"v1.9.0", {"v2.3.6"}, QN_FIX_UNKNOWN},
		/* branch builds only against their own branch */
		{"2.5-20250218-fd15d2a9-amd64", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_UPGRADE},
		{"2.5-20250306-89bc9459", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_PRESENT},
		{"2.5-20250618-e30fc0fb", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_PRESENT},
		{"2.5-20250306-00000000", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_UNKNOWN},
		{"master-20250618-e30fc0fb", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_UNKNOWN},
		{"v2.5.6", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_UNKNOWN},
		{"v2.6.0", {"2.5-20250306-89bc9459-amd64"}, QN_FIX_UNKNOWN},
		{"2.5-20250618-e30fc0fb", {"v2.5.6", "2.5-20250306-89bc9459"}, QN_FIX_PRESENT},
		{"unknown", {"v2.5.9"}, QN_FIX_UNKNOWN},
		{"", {"v2.5.9"}, QN_FIX_UNKNOWN},
		{"v2.5.9", {NULL}, QN_FIX_OPEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_text fixed_in[3];
		size_t count = 0;
		enum qn_fix fix;

		for (; count < 3 && cases[i].fixed_in[count]; count++)
			fixed_in[count] = qn_text_of(cases[i].fixed_in[count]);
		fix = qn_build_fix_status(qn_text_of(cases[i].version), fixed_in, count);
		if (fix != cases[i].fix)
			fail_msg("%s is %s, not %s", cases[i].version, qn_fix_name(fix),
				 qn_fix_name(cases[i].fix));
	}
}

static void names_what_the_report_says(void **state)
{
	(void)state;
	assert_string_equal(qn_fix_name(QN_FIX_UPGRADE), "upgrade");
	assert_string_equal(qn_fix_name(QN_FIX_OPEN), "open");
	assert_string_equal(qn_fix_name(QN_FIX_PRESENT), "present");
	assert_string_equal(qn_fix_name(QN_FIX_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_tags_and_branch_builds),
		cmocka_unit_test(orders_versions_of_one_branch),
		cmocka_unit_test(says_whether_a_build_holds_a_fix),
		cmocka_unit_test(names_what_the_report_says),
	};

	return QN_RUN("build_version", tests);
}
