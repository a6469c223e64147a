"""What is said about a photo that cannot be measured: what is wrong with it, and what to do."""

from typing import Literal

REFUSALS: dict[str, tuple[str, str]] = {
    "unreadable": (
        "This file could not be opened. Check that it is still there and that you may read it.",
        "无法打开这个文件。请确认文件还在原处，并且您有权限读取。",
    ),
    "empty": (
        "This file is empty. Send the photo again; the upload or the copy may have been cut off.",
        "这个文件是空的。请重新发送照片，可能是上传或复制时中断了。",
    ),
    "not-an-image": (
        "This is not an image. Send a photo as JPEG, PNG, WebP or HEIC.",
        "这不是图片。请发送 JPEG、PNG、WebP 或 HEIC 格式的照片。",
    ),
    "pdf": (
        "This is a PDF. Send each drawing as a photo, or export the pages as JPEG or PNG first.",
        "这是 PDF 文件。请把每幅画拍成照片，或先把页面导出为 JPEG 或 PNG。",
    ),
    "video": (
        "This is a video. Take a still photo of the drawing, or save one frame as a picture.",
        "这是视频。请给画拍一张照片，或把其中一帧存成图片。",
    ),
    "unsupported": (
        "This kind of picture is not read here. Save it as JPEG, PNG, WebP or HEIC and send that.",
        "暂不支持这种图片格式。请另存为 JPEG、PNG、WebP 或 HEIC 后再发送。",
    ),
    "animated": (
        "This picture moves. Send a still photo of the drawing.",
        "这是动图。请发送一张静态的照片。",
    ),
    "sixteen-bit": (
        "This picture has 16 bits a channel. Export it with 8 bits, or as JPEG, and send that.",
        "这张图片是每通道 16 位的。请导出为 8 位，或存成 JPEG 后再发送。",
    ),
    "cmyk": (
        "This picture is in print colours (CMYK), so its colours cannot be trusted. Save it as RGB or sRGB.",
        "这张图片是印刷用的 CMYK 色彩，颜色无法准确读取。请另存为 RGB（sRGB）后再发送。",
    ),
    "truncated": (
        "This photo is damaged or incomplete. Send the original again.",
        "这张照片已损坏或不完整。请重新发送原图。",
    ),
    "too-small": (
        "This picture is too small to measure. Send the original photo, not a thumbnail.",
        "这张图片太小，无法测量。请发送原图，而不是缩略图。",
    ),
    "too-large": (
        "This photo has too many pixels. Set the camera to 12 megapixels, or make the picture smaller.",
        "这张照片像素过多。请把相机设为 1200 万像素，或缩小图片后再发送。",
    ),
    "too-heavy": (
        "This file is too heavy. Send a photo of at most 50 MB.",
        "这个文件太大。请发送不超过 50 MB 的照片。",
    ),
    "bomb": (
        "This file unpacks to far more than its size allows and was not opened. Take the photo again.",
        "这个文件解压后的体积大得异常，因此没有打开。请重新拍一张照片。",
    ),
}


class PhotoRefused(ValueError):  # noqa: N818 - it is the photo that is at fault
    """This photo cannot be measured; ``code`` is a key of ``REFUSALS`` and ``str()`` the English message."""

    def __init__(self, code: str) -> None:
        super().__init__(refusal(code, "en"))
        self.code = code


def refusal(code: str, language: Literal["en", "zh"]) -> str:
    """What is wrong with the photo and what to do, in the reader's language. KeyError for an unknown code."""
    return REFUSALS[code][language == "zh"]
