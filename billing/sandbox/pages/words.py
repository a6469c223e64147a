"""What the pages say, in English and Chinese."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from billing.sandbox.store import Thing

WORDS: dict[str, tuple[str, str]] = {
    "act_dispute": ("Have it disputed", "发起申诉"),
    "act_lose": ("Decide for the payer", "判付款人胜诉"),
    "act_refund": ("Refund", "退款"),
    "act_win": ("Decide for the shop", "判商家胜诉"),
    "add_card": ("Add a card", "添加银行卡"),
    "alipay": ("Alipay", "支付宝"),
    "amount_due": ("Amount due", "应付金额"),
    "apply": ("Apply", "使用"),
    "authorise": ("Authorise the payment", "授权付款"),
    "authorise_card": ("Confirm the card", "验证银行卡"),
    "authorise_hint": ("This page stands for your bank or wallet.", "此页面代表您的银行或钱包。"),
    "awaits_bank": (
        "Your bank wants you to confirm this payment. Pay with the saved card, and its page opens.",
        "银行需要您确认这笔付款。用已保存的银行卡支付，即可打开银行的页面。",
    ),
    "back": ("Back", "返回"),
    "bill_to": ("Bill to", "付款人"),
    "billing_details": ("Billing details", "账单信息"),
    "brand": ("Vermilion", "朱批"),
    "cancel_hint": ("The plan stays until {date}, then it ends.", "套餐保留到 {date}，之后结束。"),
    "cancel_hint_now": ("The plan ends at once.", "套餐立即结束。"),
    "cancel_plan": ("Cancel plan", "取消套餐"),
    "card": ("Card", "银行卡"),
    "card_number": ("Card number", "卡号"),
    "card_default": (
        "This card is the default now: it is charged from now on.",
        "已设为默认银行卡，今后将用它付款。",
    ),
    "card_needed": (
        "Your plan is paid by this card. Make another one the default first; then it can be removed.",
        "这张卡正在支付您的套餐。请先把另一张卡设为默认，再移除它。",
    ),
    "card_removed": ("The card is removed and will not be charged again.", "银行卡已移除，不会再用它扣款。"),
    "card_saved": ("The card is saved and is used from now on.", "银行卡已保存，今后将用它付款。"),
    "carried_over": (
        "Of an earlier invoice, too little to be charged by itself",
        "以前账单中金额太小、没有单独扣款的部分",
    ),
    "charged_today": ("Due today", "今日应付"),
    "choose_plan": ("Choose a plan", "选择套餐"),
    "closed": ("This page can no longer be used.", "此页面已失效。"),
    "closed_again": ("Open it anew from Vermilion.", "请从朱批重新打开。"),
    "closed_expired": (
        "Its time is over, or another page has taken its place. Nothing was charged.",
        "此页面已过期，或已被另一个页面取代，未收取任何费用。",
    ),
    "closed_paid": ("This has been paid.", "已经付款。"),
    "code_dropped": (
        "The code is removed. Look at the new amount, then pay.",
        "已移除优惠码，请确认新的金额后付款。",
    ),
    "code_taken": (
        "The code is applied. Look at the new amount, then pay.",
        "优惠码已生效，请确认新的金额后付款。",
    ),
    "comment": ("Why are you leaving? (optional)", "为什么取消？（可不填）"),
    "confirm": ("Confirm", "确认"),
    "continue": ("Continue", "继续"),
    "credit": ("From the credit of earlier invoices", "以前账单的余额抵扣"),
    "credit_kept": ("Kept as credit for the next invoices", "留作以后账单的抵扣"),
    "credit_given": (
        "There is nothing to pay: {amount} is kept as credit, from which the next invoices are paid.",
        "无需付款：{amount} 已留作余额，用于支付以后的账单。",
    ),
    "current": ("current", "当前"),
    "customer_service": ("The service was not good", "服务不好"),
    "cvc": ("Security code", "安全码"),
    "date": ("Date", "日期"),
    "default": ("default", "默认"),
    "discount": ("Discount", "优惠"),
    "done": ("Done", "完成"),
    "dispute_lost": (
        "The dispute was decided for the payer: the money went back.",
        "申诉已裁定付款人胜诉，款项已退回。",
    ),
    "dispute_needs_response": (
        "Its payer disputes it. The shop can answer until {date}.",
        "付款人已发起申诉，商家可在 {date}前答复。",
    ),
    "dispute_under_review": (
        "Its payer disputes it. The shop has answered; the bank has not decided yet.",
        "付款人已发起申诉，商家已答复，银行尚未裁定。",
    ),
    "dispute_won": (
        "The dispute was decided for the shop: the money stays.",
        "申诉已裁定商家胜诉，款项不退。",
    ),
    "download_pdf": ("Download the PDF", "下载 PDF"),
    "email": ("E-mail", "电子邮箱"),
    "ends_on": ("Ends on {date}", "{date}结束"),
    "expiry": ("Expiry", "有效期"),
    "expiry_form": ("MM / YY", "月 / 年"),
    "fail": ("Refuse", "拒绝"),
    "fail_later": ("Authorise, but the money never comes", "授权，但款项不会到账"),
    "first_payment": ("First payment on {date}", "{date}首次付款"),
    "home": ("Sandbox for payments", "支付沙盒"),
    "home_dispute": ("The payment is disputed now.", "已对这笔付款发起申诉。"),
    "home_hint": (
        "This stands in for the payment service from which Vermilion is paid, so that everything can be"
        " tried without money. Buy something in Vermilion: it leads here, and one of these cards pays.",
        "这里代替朱批收款用的支付服务，不花钱就能试用全部流程。在朱批购买时会转到这里，用下面的卡号付款即可。",
    ),
    "home_lose": ("The dispute is decided for the payer.", "已裁定付款人胜诉。"),
    "home_refund": ("The payment is refunded.", "已退款。"),
    "home_undone": (
        "That cannot be done with this payment any more. Below is how it stands.",
        "这笔付款已不能这样操作，现状见下。",
    ),
    "home_wallets": (
        "Alipay and WeChat Pay need no number: a page opens that stands for the wallet, and there you choose"
        " how it goes.",
        "支付宝和微信支付不用卡号：会打开一个代表钱包的页面，由您选择结果。",
    ),
    "home_win": ("The dispute is decided for the shop.", "已裁定商家胜诉。"),
    "how_many": ("How many", "数量"),
    "in_brackets": ("({what})", "（{what}）"),
    "in_use": ("pays for your plan", "用于支付您的套餐"),
    "invoice": ("Invoice", "账单"),
    "invoices": ("Invoices", "账单记录"),
    "invoice_given_up": (
        "This invoice is not collected any more. It can still be paid here.",
        "这张账单不再自动扣款，仍可在此支付。",
    ),
    "invoice_void": ("This invoice is void: there is nothing to pay.", "这张账单已作废，无需付款。"),
    "labelled": ("{what}: {value}", "{what}：{value}"),
    "last_attempt": (
        "The last attempt, on {date}, was declined: {reason}. Pay with another card:",
        "{date}的上一次扣款被拒绝：{reason}。请换一张卡支付：",
    ),
    "keep_plan": ("Keep the plan", "保留套餐"),
    "language": ("中文", "English"),
    "line": ("{what} ({each})", "{what}（{each}）"),
    "line_remaining": ("Remaining time on {what} ({each})", "{what}剩余的时间（{each}）"),
    "line_trial": ("Trial: {what}", "试用：{what}"),
    "line_unused": ("Unused time on {what}", "{what}未使用的时间"),
    "make_default": ("Make default", "设为默认"),
    "low_quality": ("The quality is too low", "质量不够好"),
    "missing_features": ("Something is missing", "缺少功能"),
    "name": ("Name", "姓名或名称"),
    "name_on_card": ("Name on the card", "持卡人姓名"),
    "new_card": ("Use another card", "使用其他银行卡"),
    "no_invoices": ("There are no invoices yet.", "还没有账单。"),
    "no_method": ("No card is saved.", "没有保存银行卡。"),
    "no_payments": (
        "Nothing has been paid here yet. Once something is, it is listed here.",
        "还没有付款。付款后会列在这里。",
    ),
    "no_plan": ("There is no plan.", "没有套餐。"),
    "no_reason": ("No answer", "不回答"),
    "offer": ("{what}, {price}", "{what}，{price}"),
    "other": ("Another reason", "其他原因"),
    "paid_from_credit": ("Paid from your credit on {date}. Thank you.", "已于 {date}用余额支付，谢谢。"),
    "paid_on": ("Paid on {date}. Thank you.", "已于 {date}付款，谢谢。"),
    "paid_once": ("Paid once: it does not renew by itself.", "一次付清，不会自动续费。"),
    "pay": ("Pay {amount}", "支付 {amount}"),
    "pay_later": ("Authorise, and the money comes in a while", "授权，款项稍后到账"),
    "pay_now": ("Pay now", "立即付款"),
    "pay_ok": ("Authorise", "授权"),
    "pay_with": ("Pay with", "付款方式"),
    "payment_methods": ("Payment methods", "付款方式"),
    "payments": ("Latest payments", "最近的付款"),
    "payments_hint": (
        "Here you are the payment service and the payer's bank. Vermilion is told of what you do.",
        "在这里，您代表支付服务和付款人的银行。您的操作会通知朱批。",
    ),
    "past_due": ("The last payment failed.", "上次付款没有成功。"),
    "per": ("{amount} / {interval}", "{amount} / {interval}"),
    "plans": ("Current plan", "当前套餐"),
    "portal": ("Manage your plan", "管理套餐"),
    "promotion": ("Promotion code", "优惠码"),
    "put_off": (
        "Put on the next invoice: too little to be charged by itself",
        "并入下一张账单：金额太小，不单独扣款",
    ),
    "put_off_on": (
        "Too little to be charged by itself: put on the next invoice on {date}.",
        "金额太小，不单独扣款，已于 {date}并入下一张账单。",
    ),
    "reason": ("Reason", "原因"),
    "refunded": ("{amount} refunded", "已退款 {amount}"),
    "remove": ("Remove", "移除"),
    "remove_card": ("Remove the card", "移除银行卡"),
    "remove_hint": (
        "It will not be charged again. To use it once more, add it anew.",
        "今后不再用它扣款。如需再用，要重新添加。",
    ),
    "renew_plan": ("Do not cancel", "不取消了"),
    "renews": (
        "Renews on {date} at {amount}, and {every} from then on, until you cancel.",
        "{date}自动续费，付 {amount}，此后{every}一次，直到您取消。",
    ),
    "renews_on": ("Renews on {date}", "{date}续费"),
    "return": ("Back to Vermilion", "返回朱批"),
    "save": ("Save", "保存"),
    "saved": ("Saved.", "已保存。"),
    "saved_card": ("Saved card", "已保存的银行卡"),
    "set_up": ("Save the card", "保存银行卡"),
    "start_trial": ("Start the trial", "开始试用"),
    "status": ("Status", "状态"),
    "status_active": ("active", "有效"),
    "status_credit": ("credit", "已留作余额"),
    "status_draft": ("draft", "草稿"),
    "status_from_credit": ("paid from credit", "已用余额支付"),
    "status_incomplete": ("not paid yet", "尚未付款"),
    "status_open": ("to be paid", "待付款"),
    "status_paid": ("paid", "已付款"),
    "status_past_due": ("past due", "逾期"),
    "status_paused": ("paused", "已暂停"),
    "status_put_off": ("put on the next invoice", "并入下一张账单"),
    "status_trialing": ("on trial", "试用中"),
    "status_uncollectible": ("given up", "无法收回"),
    "status_unpaid": ("unpaid", "未付款"),
    "status_void": ("void", "作废"),
    "subtotal": ("Subtotal", "小计"),
    "subscribe": ("Subscribe", "订阅"),
    "switched_service": ("I found something else", "改用其他服务"),
    "test_cards": ("Test cards", "测试卡号"),
    "test_cards_hint": (
        "Any month that is not over and any three digits go with these numbers.",
        "搭配任意未过期的年月和任意三位数字即可。",
    ),
    "test_mode": ("Sandbox: no real money", "沙盒：不涉及真实资金"),
    "too_complex": ("It is too complicated", "太复杂"),
    "too_expensive": ("It is too expensive", "太贵"),
    "total": ("Total", "合计"),
    "trial_until": (
        "Free until {date}. From then on {amount} {every}, until you cancel.",
        "{date}前免费，此后{every} {amount}，直到您取消。",
    ),
    "unused": ("I do not use it", "用不到"),
    "valid_until": ("Valid until {month}/{year}", "有效期至 {year} 年 {month} 月"),
    "update_plan": ("Change plan", "更改套餐"),
    "wechat_pay": ("WeChat Pay", "微信支付"),
    "what_it_costs": ("What it costs", "费用"),
    "day": ("day", "天"),
    "week": ("week", "周"),
    "month": ("month", "月"),
    "year": ("year", "年"),
    "every_day": ("every day", "每天"),
    "every_days": ("every {count} days", "每 {count} 天"),
    "every_week": ("every week", "每周"),
    "every_weeks": ("every {count} weeks", "每 {count} 周"),
    "every_month": ("every month", "每月"),
    "every_months": ("every {count} months", "每 {count} 个月"),
    "every_year": ("every year", "每年"),
    "every_years": ("every {count} years", "每 {count} 年"),
    # Refusals
    "card_missing": ("Fill in the number of a card.", "请填写卡号。"),
    "cvc_amex": (
        "Fill in the security code: four digits, on the front of the card.",
        "请填写安全码：卡片正面的四位数字。",
    ),
    "cvc_wrong": (
        "Fill in the security code: three digits, on the back of the card.",
        "请填写安全码：卡片背面的三位数字。",
    ),
    "declined": (
        "The card was declined: {reason}. Try another card.",
        "银行卡被拒绝：{reason}。请换一张卡。",
    ),
    "declined_card": (
        "The card ending in {last4} was declined: {reason}. Try another card.",
        "尾号 {last4} 的银行卡被拒绝：{reason}。请换一张卡。",
    ),
    "email_missing": ("Fill in an e-mail address.", "请填写电子邮箱。"),
    "expiry_far": (
        "No card is valid for so long. Look at the year again.",
        "没有银行卡的有效期这么长，请核对年份。",
    ),
    "expiry_missing": ("Fill in month and year, such as 12 / 34.", "请填写月和年，例如 12 / 34。"),
    "expiry_month": ("There is no such month. It is from 01 to 12.", "没有这个月份，应为 01 到 12。"),
    "expiry_past": (
        "This card has expired. Use another one, or look at the date again.",
        "这张卡已过期。请换一张卡，或核对日期。",
    ),
    "incorrect_number": (
        "This number is none of the test cards. The list of test cards has some that work.",
        "这不是测试卡号。请从测试卡号列表中选一个。",
    ),
    "payment_intent_authentication_failure": ("The payment was not authorised.", "付款未获授权。"),
    "payment_intent_payment_attempt_failed": ("The payment was not authorised.", "付款未获授权。"),
    "setup_intent_authentication_failure": (
        "The card was not confirmed and is not saved.",
        "银行卡未通过验证，没有保存。",
    ),
    "promotion_code_invalid": ("The promotion code is not valid.", "优惠码无效。"),
    "promotion_not_first": (
        "This code is for a first payment only, and you have paid before.",
        "此优惠码仅限首次付款使用，您以前付过款。",
    ),
    "promotion_too_small": ("The order is too small for this code.", "订单金额没有达到此优惠码的要求。"),
    "quantity_refused": ("That many cannot be bought.", "不能购买这个数量。"),
    "refused": ("This could not be done. Nothing was charged.", "操作没有成功，未收取任何费用。"),
    "coupon_expired": ("The promotion code has expired.", "优惠码已过期。"),
}

REASONS: dict[str, tuple[str, str]] = {
    "authentication_required": ("the bank wants it confirmed", "银行要求验证"),
    "expired_card": ("expired card", "卡已过期"),
    "generic_decline": ("the bank gives no reason", "发卡行没有说明原因"),
    "incorrect_cvc": ("wrong security code", "安全码不正确"),
    "insufficient_funds": ("insufficient funds", "余额不足"),
    "payment_intent_authentication_failure": ("not confirmed with the bank", "未通过银行验证"),
    "payment_intent_payment_attempt_failed": ("not authorised", "未获授权"),
    "processing_error": ("the bank could not process it", "银行处理出错"),
}
"""Why a payment was declined. Of a lost or stolen card nobody is told: who holds it may be a thief."""

CARDS: dict[str, tuple[str, str]] = {
    "4242 4242 4242 4242": ("succeeds", "付款成功"),
    "4000 0000 0000 0341": ("is accepted, fails when charged", "可以绑定，扣款失败"),
    "4000 0025 0000 3155": ("has to be authenticated", "需要验证"),
    "4000 0000 0000 9995": ("has too little money", "余额不足"),
    "4000 0000 0000 0002": ("is declined", "被拒绝"),
    "4000 0000 0000 0259": ("succeeds, then is disputed", "付款成功，随后被申诉"),
}


class Words:
    """``words("pay", amount="¥9")`` in the language of one page, and days as the clocks of its ``customer``
    show them, where the sandbox was told these (``switches``).
    """

    def __init__(self, locale: str | None, customer: Thing | None = None) -> None:
        self.time_zone = ZoneInfo((customer or {}).get("_time_zone", "UTC"))
        chosen = request.args.get("lang") or request.cookies.get("lang")
        if chosen in ("en", "zh"):
            self.language = chosen
        elif locale and locale != "auto":
            self.language = "zh" if locale.startswith("zh") else "en"
        else:
            self.language = request.accept_languages.best_match(["en", "zh"]) or "en"

    @property
    def other(self) -> str:
        """The other language."""
        return "en" if self.language == "zh" else "zh"

    def __call__(self, name: str, **fields: Any) -> str:
        """The words of this name, with fields put in."""
        return WORDS[name][self.language == "zh"].format(**fields)

    def knows(self, name: str) -> bool:
        """Whether there are words of this name."""
        return name in WORDS

    def reason(self, error: Thing) -> str:
        """Why a payment was declined, from its error."""
        known = REASONS.get(str(error.get("decline_code") or error.get("code")), REASONS["generic_decline"])
        return known[self.language == "zh"]

    def date(self, moment: int) -> str:
        """The day of a moment."""
        day = datetime.fromtimestamp(moment, self.time_zone)
        return f"{day:%Y年%-m月%-d日}" if self.language == "zh" else f"{day:%-d %B %Y}"

    def cards(self) -> dict[str, str]:
        """The test cards that a person may want."""
        return {number: words[self.language == "zh"] for number, words in CARDS.items()}
