#include "signature/miner_token.h"

#include "base/hash.h"
#include "signature/miner_word.h"
#include "base/banned.h"

/* How a message is cut
 *
 * Blanks separate, brackets, quotes, "=", "," and the like are tokens of their own. What is left between them
 * is a run:
 *	10.2.3.4:9000  0x7f01  16:32:47.127  FF:F2:9F	a value
 *	/var/lib/x  hdfs://host:9000/x  C:\x	a value
 *	sessionid:0x34ed  enable......0	cut at ":" and at dots: a word and a value
 *	eth0  attempt_144_m_0  host-7.example.com	an id
 *	java.home  n.leader	a name
 * Then what belongs to a value goes into it: "5.2 KB", "<1 sec", "Fri Jun 17 07:07:00 2005", "[1, 2, 3]",
 * and an explanation in brackets behind it: "10.0.0.1 (host.example.com)", "10.0.0.1 ()". */

#define HEX_WORD_LEN 8U /* "deadbeef": no word of a language is as long and all hex */
#define QUOTE_TOKENS_MAX 16U
#define BRACKET_TOKENS_MAX 8U

struct lexer {
	const char *data;
	size_t len, at;
	struct qn_token *tokens;
	size_t count;
	size_t quote; /* index + 1 of the token that opened a quote; 0: none is open */
	bool has_blank;
	bool has_list; /* a comma without blanks was seen */
};

static struct qn_token *back(const struct lexer *lexer, size_t n)
{
	return lexer->count > n ? &lexer->tokens[lexer->count - 1 - n] : NULL;
}

static bool is_punctuation(const struct qn_token *token, char c)
{
	return token && token->kind == QN_TOKEN_PUNCTUATION && token->text.len == 1 &&
	       token->text.data[0] == c;
}

static bool is_value(const struct qn_token *token)
{
	return token && qn_token_is_value(token);
}

static bool joins_values(const struct qn_token *token)
{
	for (size_t i = 0; i < token->text.len; i++)
		if (!(CLASS(token->text.data[i]) & JOINS))
			return false;
	return token->kind == QN_TOKEN_PUNCTUATION;
}

static void append(struct lexer *lexer, enum qn_token_kind kind, size_t from, size_t to)
{
	struct qn_text text = {lexer->data + from, to - from};
	bool is_value = kind == QN_TOKEN_MASK || kind == QN_TOKEN_ID;

	if (lexer->count >= QN_MINER_TOKENS_MAX)
		return;
	lexer->tokens[lexer->count++] = (struct qn_token){
		.text = text,
		.hash = is_value ? QN_TOKEN_VALUE : qn_hash64(text) | 2,
		.kind = (uint8_t)kind,
		.has_blank = lexer->has_blank,
	};
	lexer->has_blank = false;
}

static void widen(struct qn_token *token, const char *end, enum qn_token_kind kind)
{
	token->text.len = (size_t)(end - token->text.data);
	token->kind = (uint8_t)kind;
	token->hash = QN_TOKEN_VALUE;
}

/* What stands in brackets or quotes, from @token on. */
static void make_slot(struct qn_token *token, const char *end, bool has_value)
{
	widen(token, end, has_value ? QN_TOKEN_ID : QN_TOKEN_SLOT);
	if (!has_value)
		token->hash = qn_hash64(token->text) | 2;
}

/* "12 0x3", "blk_1, blk_2": of one list; not "12 eth0" */
static bool is_alike(const struct lexer *lexer, const struct qn_token *token, enum qn_token_kind kind,
		     size_t from)
{
	return token->kind == kind && (kind == QN_TOKEN_MASK || token->text.data[0] == lexer->data[from]);
}

/* Is the last token one that the next value goes on behind? It is in a list, or in a value with separators.
 */
static bool is_joint(const struct lexer *lexer, const struct qn_token *last, enum qn_token_kind kind,
		     size_t from)
{
	const struct qn_token *value = back(lexer, 1);

	if (!joins_values(last) || !is_value(value))
		return false;
	if (lexer->has_blank || last->has_blank || strchr(",;|", last->text.data[0]))
		return is_alike(lexer, value, kind, from);
	return true;
}

/* "host.example.com:80", "segment.cpp:237" */
static bool is_port(const struct lexer *lexer, const struct qn_token *last)
{
	const struct qn_token *name = back(lexer, 1);

	return is_punctuation(last, ':') && !last->has_blank && !lexer->has_blank && name &&
	       (name->kind == QN_TOKEN_NAME || name->kind == QN_TOKEN_ID ||
		(name->kind == QN_TOKEN_WORD && memchr(name->text.data, '-', name->text.len)));
}

/* The value [from, to) goes into the one before it, into "<", a month and a weekday. */
static void add_value(struct lexer *lexer, enum qn_token_kind kind, size_t from, size_t to)
{
	const char *end = lexer->data + to;
	struct qn_token *last = back(lexer, 0);

	if (last && is_port(lexer, last)) {
		lexer->count--;
		widen(back(lexer, 0), end, QN_TOKEN_ID);
	} else if (last && is_joint(lexer, last, kind, from)) {
		lexer->count--;
		widen(back(lexer, 0), end, kind);
	} else if (is_value(last) && (!lexer->has_blank || is_alike(lexer, last, kind, from))) {
		widen(last, end, kind);
	} else if (last && kind == QN_TOKEN_MASK &&
		   (qn_word_is_month(last->text) ||
		    (is_punctuation(last, '<') && !lexer->has_blank && !(to < lexer->len && *end == '>')))) {
		widen(last, end, QN_TOKEN_MASK);
		last = back(lexer, 1);
		if (last && qn_word_is_weekday(last->text)) {
			widen(last, end, QN_TOKEN_MASK);
			lexer->count--;
		}
	} else {
		append(lexer, kind, from, to);
	}
	lexer->has_blank = false;
}

/* "key=" and nothing: a value that is empty. */
static void end_empty_value(struct lexer *lexer)
{
	if (is_punctuation(back(lexer, 0), '=') && !back(lexer, 0)->has_blank)
		append(lexer, QN_TOKEN_MASK, lexer->at, lexer->at);
}

/* Does what comes stand behind "key=" or "key = "? */
static bool is_assigned(const struct lexer *lexer)
{
	const struct qn_token *last = back(lexer, 0);

	if (is_punctuation(last, ':')) /* {Name:x,Namespace:y} */
		return !lexer->has_blank && !last->has_blank && lexer->count > 1 &&
		       last[-1].kind == QN_TOKEN_WORD;
	return is_punctuation(last, '=') && (!lexer->has_blank || last->has_blank);
}

/* "required: no [", "link is up,": a word that is one of two; what goes on is a phrase (": no route") */
static bool is_flag(const struct lexer *lexer, struct qn_text word)
{
	const struct qn_token *last = back(lexer, 0);
	size_t end = (size_t)(word.data - lexer->data) + word.len;

	if (!last || !lexer->has_blank ||
	    !(is_punctuation(last, ':') || qn_text_equal(last->text, QN_TEXT("is"))))
		return false;
	while (end < lexer->len && CLASS(lexer->data[end]) & BLANK)
		end++;
	if (end == lexer->len) /* "it is up": what happened */
		return *word.data != 'u' && *word.data != 'd' && qn_word_is_flag(word);
	return (!(CLASS(lexer->data[end]) & RUN) || lexer->data[end] == '.') && qn_word_is_flag(word);
}

/* "52 bytes" is as "5.2 KB" is; "1190 bytes (1.16 KB)" has two values */
static bool is_bytes(const struct lexer *lexer, struct qn_text word)
{
	size_t end = (size_t)(word.data - lexer->data) + word.len;

	if (!qn_text_equal(word, QN_TEXT("bytes")))
		return false;
	return lexer->len - end < 2 || lexer->data[end] != ' ' || lexer->data[end + 1] != '(';
}

/* @all  the classes that each byte is of */
static void add_word(struct lexer *lexer, size_t from, size_t to, unsigned all)
{
	struct qn_text word = {lexer->data + from, to - from};
	struct qn_token *last = back(lexer, 0);

	if (is_value(last) &&
	    ((word.len <= UNIT_LEN_MAX && (qn_word_is_unit(word) || qn_word_is_month(word))) ||
	     is_bytes(lexer, word))) {
		widen(last, word.data + word.len, QN_TOKEN_MASK);
		lexer->has_blank = false;
		return;
	}
	if ((all & HEX && word.len >= HEX_WORD_LEN) ||
	    qn_word_is_literal(word, last && last->kind == QN_TOKEN_PUNCTUATION) || is_flag(lexer, word))
		add_value(lexer, QN_TOKEN_MASK, from, to);
	else if (!(all & ALPHA) && (memchr(word.data, '@', word.len) || memchr(word.data, '/', word.len)))
		append(lexer, QN_TOKEN_ID, from, to);
	else if (is_assigned(lexer))
		append(lexer, QN_TOKEN_SLOT, from, to);
	else if (!(all & ALPHA) && memchr(word.data, '.', word.len))
		append(lexer, lexer->count ? QN_TOKEN_ID : QN_TOKEN_NAME, from, to);
	else
		append(lexer, QN_TOKEN_WORD, from, to);
}

/* Behind it something begins. */
static bool is_opener(const struct qn_token *token)
{
	return token->kind == QN_TOKEN_PUNCTUATION && token->text.len == 1 &&
	       strchr("([{<=:,;\"", token->text.data[0]);
}

/* What stands in quotes is one value when anything of it is and it has no blank, \042ab-1:7\042; any behind
 * a key: tag="View Lock" */
static void end_quote(struct lexer *lexer, size_t from)
{
	size_t open = lexer->quote;
	bool is_assigned, holds_value = false, holds_id = false, has_blank = false;

	lexer->quote = 0;
	if (!open || open + QUOTE_TOKENS_MAX < lexer->count) {
		lexer->quote = lexer->count + 1;
		return;
	}
	if (open == lexer->count)
		return;
	is_assigned = open > 1 && is_punctuation(&lexer->tokens[open - 2], '=');
	for (size_t i = open; i < lexer->count; i++) {
		holds_value |= lexer->tokens[i].kind == QN_TOKEN_MASK;
		holds_id |= lexer->tokens[i].kind == QN_TOKEN_ID;
		has_blank |= lexer->tokens[i].has_blank;
	}
	if (!is_assigned && has_blank) /* "GET /x HTTP/1.1" has words of its own */
		return;
	if (holds_value || (is_assigned && has_blank))
		widen(&lexer->tokens[open], lexer->data + from, QN_TOKEN_MASK);
	else
		make_slot(&lexer->tokens[open], lexer->data + from, holds_id);
	lexer->count = open + 1;
	lexer->has_blank = false;
}

/* 'word' and <word>: one value, unless there is a blank in it. */
static void end_bracket(struct lexer *lexer, size_t from, char open, char close)
{
	bool has_value = false;

	for (size_t n = 0; n < BRACKET_TOKENS_MAX && n < lexer->count; n++) {
		size_t at = lexer->count - 1 - n;
		struct qn_token *token = &lexer->tokens[at];

		if (is_punctuation(token, open)) {
			if (open == close && at && !token->has_blank && !is_opener(token - 1))
				return; /* can't */
			if (n)
				make_slot(token + 1, lexer->data + from, has_value);
			else if (open != close)
				append(lexer, QN_TOKEN_MASK, from, from);
			lexer->count = at + 2 > lexer->count ? lexer->count : at + 2;
			lexer->has_blank = false;
			return;
		}
		if (token->has_blank)
			return;
		has_value |= is_value(token);
	}
}

/* "[orders", "(root": a word alone in brackets that are about to be closed */
static bool is_boxed_word(const struct lexer *lexer)
{
	const struct qn_token *word = back(lexer, 0), *open = back(lexer, 1);

	return open && word->kind == QN_TOKEN_WORD && !word->has_blank &&
	       (is_punctuation(open, '[') || is_punctuation(open, '(') || is_punctuation(open, '{'));
}

static void add_punctuation(struct lexer *lexer, size_t from, size_t to)
{
	struct qn_token *open;
	char c = lexer->data[from];

	if (to == from + 1 && !lexer->has_blank && (c == '\'' || c == '>'))
		end_bracket(lexer, from, c == '>' ? '<' : c, c);
	if ((c == ',' || c == ';') && is_punctuation(back(lexer, 0), ':')) /* "new: , old: 3" */
		append(lexer, QN_TOKEN_MASK, from, from);

	if ((c == '"' && to == from + 1) || c == '\\')
		end_quote(lexer, from);

	if (c == ',' && to == from + 1 && !lexer->has_blank && to < lexer->len &&
	    CLASS(lexer->data[to]) & RUN)
		lexer->has_list = true;
	if (strchr(",;)]}", c))
		end_empty_value(lexer);
	if ((c == ']' || c == '}') && is_punctuation(back(lexer, 0), c == ']' ? '[' : '{'))
		append(lexer, QN_TOKEN_MASK, from, from);
	open = back(lexer, is_value(back(lexer, 0)));
	if (strchr(")]}", c) && !lexer->has_blank && is_boxed_word(lexer))
		back(lexer, 0)->kind = QN_TOKEN_SLOT;
	if (c == ')' && lexer->count > 2 && is_punctuation(open, '(') && open->has_blank &&
	    is_value(open - 1)) {
		lexer->count = (size_t)(open - lexer->tokens); /* an explanation */
		lexer->has_blank = false;
		return;
	}
	append(lexer, QN_TOKEN_PUNCTUATION, from, to);
}

/* A part of a run: "attempt_144_m_0", "core", "2275", "0x34" */
static void add_part(struct lexer *lexer, size_t from, size_t to)
{
	unsigned any = 0, all = HEX | NUMERIC | ALPHA;

	for (size_t i = from; i < to; i++) {
		any |= CLASS(lexer->data[i]);
		all &= CLASS(lexer->data[i]);
	}
	if (!(any & DIGIT))
		add_word(lexer, from, to, all);
	else if (all & (HEX | NUMERIC) || CLASS(lexer->data[from]) & (DIGIT | NUMERIC))
		add_value(lexer, QN_TOKEN_MASK, from, to);
	else
		add_value(lexer, QN_TOKEN_ID, from, to);
}

/* Cuts at ":" and at "..": */
static void add_parts(struct lexer *lexer, size_t from, size_t to)
{
	size_t start = from;

	for (size_t i = from; i <= to;) {
		size_t end = i;

		while (end < to && (lexer->data[end] == ':' || lexer->data[end] == '.'))
			end++;
		if (i < to && (end == i || (end == i + 1 && lexer->data[i] == '.'))) {
			i = end > i ? end : i + 1;
			continue;
		}
		if (i > start)
			add_part(lexer, start, i);
		if (end > i)
			add_punctuation(lexer, i, end);
		start = i = end;
		if (i == to)
			break;
	}
}

/* "****" behind a number, as where a sensor is silent; "::", the address of all */
static bool is_hidden_value(const struct lexer *lexer, size_t from, size_t to)
{
	const char *run = lexer->data + from;
	size_t len = to - from, alike = 1;

	while (alike < len && run[alike] == *run)
		alike++;
	if (alike < len)
		return false;
	return (*run == ':' && len == 2 && lexer->has_blank && to < lexer->len && CLASS(run[len]) & BLANK) ||
	       (*run == '*' && len > 1 && is_value(back(lexer, 0)));
}

static void add_run(struct lexer *lexer, size_t from, size_t to)
{
	const char *data = lexer->data;
	size_t first = from, last = to;

	while (last > first && !(CLASS(data[last - 1]) & (DIGIT | ALPHA)) &&
	       !(last - first > 1 && strchr("+-_/\\%*", data[last - 1])))
		last--;
	while (first < last && !(CLASS(data[first]) & (DIGIT | ALPHA)) &&
	       !(last - first > 1 && strchr("-+_/\\.~$", data[first])))
		first++;
	if (is_assigned(lexer) && data[from] == '*' && last > first) /* tag=*alarm* */
		first = from, last = to;
	if (is_hidden_value(lexer, from, to) || qn_run_is_any_port(data + from, to - from)) {
		add_value(lexer, QN_TOKEN_MASK, from, to);
		return;
	}
	if (first > from || last == from)
		add_punctuation(lexer, from, last == from ? to : first);
	if (last > first) {
		if (qn_run_is_value(data + first, last - first) ||
		    (is_assigned(lexer) && qn_run_is_composed(data + first, last - first)))
			add_value(lexer, QN_TOKEN_MASK, first, last);
		else if (is_assigned(lexer))
			append(lexer, QN_TOKEN_SLOT, first, last);
		else
			add_parts(lexer, first, last);
	}
	if (to > last && last > from)
		add_punctuation(lexer, last, to);
}

/* "\042": a quote that somebody escaped */
static bool is_escape(const struct lexer *lexer, size_t at)
{
	return lexer->data[at] == '\\' && lexer->len - at >= 4 && memcmp(lexer->data + at, "\\042", 4) == 0;
}

static bool is_item(const struct qn_token *token)
{
	return qn_token_is_word(token) || qn_token_is_value(token);
}

/* Does the item at @at go on: ",gpu03"? Not in "a=1,b=2". */
static bool has_next_item(const struct lexer *lexer, size_t at)
{
	const struct qn_token *token = &lexer->tokens[at];

	if (at + 2 >= lexer->count || !is_punctuation(&token[1], ',') || token[1].has_blank ||
	    token[2].has_blank || !is_item(&token[2]))
		return false;
	return at + 3 == lexer->count || token[3].has_blank ||
	       !(is_punctuation(&token[3], '=') || is_punctuation(&token[3], ':'));
}

/* "ssh-rsa,ssh-dss,x25519": one value, however long it is */
static void join_lists(struct lexer *lexer)
{
	size_t kept = 0;

	for (size_t at = 0; at < lexer->count; at++) {
		struct qn_token token = lexer->tokens[at];

		while (is_item(&lexer->tokens[at]) && has_next_item(lexer, at)) {
			const struct qn_token *next = &lexer->tokens[at += 2];

			widen(&token, next->text.data + next->text.len, QN_TOKEN_ID);
		}
		lexer->tokens[kept++] = token;
	}
	lexer->count = kept;
}

size_t qn_tokenize(struct qn_text message, struct qn_token *ret)
{
	struct lexer lexer = {.data = message.data, .len = message.len, .tokens = ret};
	unsigned all;

	while (lexer.at < lexer.len && lexer.count < QN_MINER_TOKENS_MAX) {
		size_t end = lexer.at;
		unsigned class = CLASS(lexer.data[end]);

		if (class & BLANK) {
			end_empty_value(&lexer);
			lexer.has_blank = true;
			lexer.at++;
		} else if (lexer.data[end] == '<' && lexer.len - end >= 3 &&
			   memcmp(lexer.data + end, "<*>", 3) == 0) { /* masked before */
			add_value(&lexer, QN_TOKEN_MASK, end, end + 3);
			lexer.at += 3;
		} else if (class & RUN && is_escape(&lexer, end)) {
			add_punctuation(&lexer, end, end + 4);
			lexer.at += 4;
		} else if (class & RUN) {
			for (all = class;
			     end < lexer.len && (CLASS(lexer.data[end]) & RUN) && !is_escape(&lexer, end);
			     end++)
				all &= CLASS(lexer.data[end]);
			if (end < lexer.len && strchr("?=&#,;", lexer.data[end]))
				end = qn_run_find_url_end(message, lexer.at, end);
			if (all & ALPHA)
				add_word(&lexer, lexer.at, end, all);
			else
				add_run(&lexer, lexer.at, end);
			lexer.at = end;
		} else {
			while (end < lexer.len && lexer.data[end] == lexer.data[lexer.at])
				end++;
			add_punctuation(&lexer, lexer.at, end);
			lexer.at = end;
		}
	}
	end_empty_value(&lexer);
	if (lexer.has_list)
		join_lists(&lexer);
	if (lexer.at < lexer.len)
		ret[lexer.count++] = (struct qn_token){.text = {lexer.data + lexer.at, lexer.len - lexer.at},
						       .hash = QN_TOKEN_VALUE,
						       .kind = QN_TOKEN_REST,
						       .has_blank = true};
	return lexer.count;
}
