#include "tests/unit/check.h"

#include <string.h>

#include "audit/merkle.h"

/*
 * RFC 6962's tree over these inputs, by how many of them: the vectors of Certificate Transparency.
 */
static const char *const inputs[] = { "", "00", "10", "2021", "3031", "40414243",
	"5051525354555657", "606162636465666768696a6b6c6d6e6f" };
static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void expect(const unsigned char *hash, const char *want)
{
	char hex[SHA256_HEX + 1];

	hex_encode(hash, MERKLE_HASH, hex);
	assert_string_equal(hex, want);
}

static void test_hashes(void **state)
{
	unsigned char hash[MERKLE_HASH], left[MERKLE_HASH] = "N123", right[MERKLE_HASH] = "N456";
	struct sha256 h;

	(void)state;
	merkle_leaf("", 0, hash);
	expect(hash, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	merkle_leaf("L123456", 7, hash);
	expect(hash, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
	/*
	 * The published vector concatenates short names, which real hashes are not: the same
	 * prefix, by hand.
	 */
	sha256_init(&h);
	sha256_add(&h, "\x01N123N456", 9);
	sha256_end(&h, hash);
	expect(hash, "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
	merkle_node(left, right, hash);
	merkle_node(left, right, left);
	ok(!memcmp(left, hash, MERKLE_HASH), "the output may be one of the inputs");
}

static void test_roots(void **state)
{
	struct merkle m = { .size = 0 };
	unsigned char root[MERKLE_HASH], leaf[MERKLE_HASH], bytes[16];

	(void)state;
	for (size_t n = 0;; n++) {
		merkle_root(&m, root);
		expect(root, roots[n]);
		if (n == ARRAY_SIZE(inputs))
			break;
		ok(hex_decode(inputs[n], bytes, strlen(inputs[n]) / 2) == 0, "an input");
		merkle_leaf(bytes, strlen(inputs[n]) / 2, leaf);
		merkle_push(&m, 0, leaf);
		assert_int_equal(m.size, n + 1);
	}
}

static void leaf_of(uint64_t n, unsigned char out[MERKLE_HASH])
{
	merkle_leaf(&n, sizeof(n), out);
}

/* MTH as section 2.1 writes it down. */
static void by_the_book(uint64_t from, uint64_t n, unsigned char out[MERKLE_HASH])
{
	unsigned char left[MERKLE_HASH], right[MERKLE_HASH];
	uint64_t k = 1;

	if (n == 1) {
		leaf_of(from, out);
		return;
	}
	while (2 * k < n)
		k *= 2;
	by_the_book(from, k, left);
	by_the_book(from + k, n - k, right);
	merkle_node(left, right, out);
}

static void test_definition(void **state)
{
	struct merkle m = { .size = 0 };
	unsigned char root[MERKLE_HASH], want[MERKLE_HASH], leaf[MERKLE_HASH];

	(void)state;
	for (uint64_t n = 1; n <= 600; n++) {
		leaf_of(n - 1, leaf);
		merkle_push(&m, 0, leaf);
		merkle_root(&m, root);
		by_the_book(0, n, want);
		ok(!memcmp(root, want, MERKLE_HASH), "root as RFC 6962 defines it");
	}
}

static void test_subtrees(void **state)
{
	struct merkle leaves = { .size = 0 }, parts = { .size = 0 };
	unsigned char a[MERKLE_HASH], b[MERKLE_HASH], leaf[MERKLE_HASH];

	(void)state;
	for (uint64_t n = 0; n < 1027; n++) {
		leaf_of(n, leaf);
		merkle_push(&leaves, 0, leaf);
		if (leaves.size % 256 == 0)
			merkle_push(&parts, 8, leaves.done[8]);
		else if (n >= 1024)
			merkle_push(&parts, 0, leaf);
	}
	merkle_root(&leaves, a);
	merkle_root(&parts, b);
	ok(parts.size == leaves.size && !memcmp(a, b, sizeof(a)), "the same tree from its parts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("leaves and nodes hash as the published vectors", test_hashes),
		TEST("the root of 0 to 8 entries is the published one", test_roots),
		TEST("the root of every size is what RFC 6962 defines", test_definition),
		TEST("a tree made from complete subtrees is the same tree", test_subtrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
