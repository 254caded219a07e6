"""The fixed inputs: texts that a trained model knows more about than a shuffled one. Written for this project.

A model may know one language or only code, so the best text counts.
"""

from __future__ import annotations

TEXTS = {
    "english": (
        "The morning was cold and clear, and the streets of the old town were still empty. A baker opened the door "
        "of his shop, put fresh bread in the window and looked up at the sky. Soon the first people came to buy "
        "something for breakfast. An old woman asked him whether it would rain in the afternoon, and he said that he "
        "did not think so. She laughed, took her bag and walked home along the river."
    ),
    "code": (
        "def count_words(text):\n"
        '    """Return how often each word occurs in the text."""\n'
        "    counts = {}\n"
        "    for word in text.lower().split():\n"
        "        counts[word] = counts.get(word, 0) + 1\n"
        "    return counts\n\n\n"
        'if __name__ == "__main__":\n'
        '    for word, count in sorted(count_words("a b a").items()):\n'
        "        print(word, count)\n"
    ),
    "chinese": (
        "早上的天气很冷，但是天空很晴朗，老城的街道上还没有人。面包师打开店门，把新鲜的面包放在窗口，抬头看了看天。"
        "不久，第一批客人来买早餐。一位老太太问他下午会不会下雨，他说他觉得不会。她笑了笑，拿起袋子，沿着河边走回家去了。"
    ),
    "german": (
        "Der Morgen war kalt und klar, und die Straßen der alten Stadt waren noch leer. Ein Bäcker öffnete die Tür "
        "seines Ladens, legte frisches Brot ins Fenster und sah zum Himmel hinauf. Bald kamen die ersten Leute, um "
        "etwas zum Frühstück zu kaufen."
    ),
    "spanish": (
        "La mañana era fría y clara, y las calles de la ciudad vieja todavía estaban vacías. Un panadero abrió la "
        "puerta de su tienda, puso pan fresco en la ventana y miró al cielo. Pronto llegó la primera gente para "
        "comprar algo para el desayuno."
    ),
}

# Same meaning in other words beside unrelated meaning in the same words: a random model, which can only compare
# words, orders these the wrong way round.
PAIRS = {
    "english": (
        [
            ("The doctor told him to stop smoking.", "A physician advised the man to give up cigarettes."),
            ("How can I make my computer run faster?", "What speeds up a slow PC?"),
            ("The children were playing football in the park.", "Kids kicked a ball around on the grass outside."),
            ("She bought a new car last week.", "A few days ago her latest vehicle purchase took place."),
            ("The firm fired half of its workers.", "Fifty percent of staff lost their jobs at this company."),
            ("It is raining heavily in London today.", "There is a big downpour over England's capital right now."),
        ],
        [
            ("The doctor told him to stop smoking.", "The driver told him to stop at the station."),
            ("How can I make my computer run faster?", "How can I make my bread dough rise?"),
            ("The children were playing football in the park.", "The musicians were playing jazz in the bar."),
            ("She bought a new car last week.", "She published a new poem last week."),
            ("The firm fired half of its workers.", "The moon lit half of its valley."),
            ("It is raining heavily in London today.", "It is my sister's birthday party in London today."),
        ],
    ),
    "chinese": (
        [
            ("医生让他戒烟。", "大夫建议这位男士别再抽香烟了。"),
            ("怎样让我的电脑运行得更快?", "计算机太慢如何提速?"),
            ("孩子们在公园里踢足球。", "小朋友在草地上玩球。"),
            ("她上周买了一辆新车。", "几天前她购置了汽车。"),
            ("公司裁掉了一半员工。", "这家企业百分之五十的职工失业了。"),
            ("今天北京下大雨。", "首都现在正降暴雨。"),
        ],
        [
            ("医生让他戒烟。", "司机让他下车。"),
            ("怎样让我的电脑运行得更快?", "怎样让我的面团发得更好?"),
            ("孩子们在公园里踢足球。", "老人们在公园里唱京剧。"),
            ("她上周买了一辆新车。", "她上周写了一首新诗。"),
            ("公司裁掉了一半员工。", "月亮照亮了一半山谷。"),
            ("今天北京下大雨。", "今天北京开音乐会。"),
        ],
    ),
}

# A translation model knows neither text by itself: source and target, each way.
TRANSLATIONS = [("english", "german"), ("english", "spanish"), ("english", "chinese")]

PROMPT = "The morning was cold and clear, and the streets of the old town"
