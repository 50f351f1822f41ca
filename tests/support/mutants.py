"""Mistakes that people make in such projects. Each is a small change of a generated file which still runs, or seems to."""

from dataclasses import dataclass

CLASSIFICATION, DETECTION, SEGMENTATION = "classification", "detection", "segmentation"


@dataclass(frozen=True)
class Mutant:
    """A mistake.

    Attributes:
        name: What goes wrong.
        task: The kind of project that gets it; a shared file gets it in one of the three.
        file: A path in the project; `src/` stands for the package.
        old: Occurs once in the file.
        new: What stands there instead.
        survives: Why nothing catches it; empty where something must.
    """

    name: str
    task: str
    file: str
    old: str
    new: str
    survives: str = ""


MUTANTS = [
    # Which images are used for what
    Mutant(
        "validation on training images",
        CLASSIFICATION,
        "src/data/datamodule.py",
        'self.val = self._dataset(self.readable_splits["val"],',
        'self.val = self._dataset(self.readable_splits["train"],',
    ),
    Mutant(
        "training on all images",
        SEGMENTATION,
        "src/data/datamodule.py",
        'self._dataset(self.readable_splits["train"],',
        "self._dataset(sum(self.readable_splits.values(), []),",
    ),
    Mutant(
        "testing on validation images",
        DETECTION,
        "src/data/datamodule.py",
        "return self.splits[split]",
        'return self.splits["val"]',
    ),
    Mutant(
        "divided images also stay in training",
        CLASSIFICATION,
        "src/data/splits.py",
        'return {"test": given.get("test", []), **splits}, f"',
        'return {"test": given.get("test", []), **splits, "train": divided}, f"',
    ),
    Mutant(
        "copies of an image on both sides",
        DETECTION,
        "src/data/splits.py",
        "copies[path] = first.setdefault(content, path)",
        "copies[path] = path",
    ),
    Mutant("splits made anew in each run", SEGMENTATION, "src/data/splits.py", "kept = _load(file)", "kept = {}"),
    Mutant(
        "training without shuffling",
        DETECTION,
        "src/data/datamodule.py",
        "self._loader(self.train, shuffle=True,",
        "self._loader(self.train, shuffle=False,",
    ),
    Mutant(
        "last incomplete batch not validated",
        CLASSIFICATION,
        "src/data/datamodule.py",
        "return self._loader(self.val)",
        "return self._loader(self.val, drop_last=True)",
    ),
    Mutant(
        "validation images augmented",
        SEGMENTATION,
        "src/data/datamodule.py",
        'self._dataset(self.readable_splits["val"], plain)',
        'self._dataset(self.readable_splits["val"], train_transform(self.hparams["image_size"]))',
    ),
    Mutant(
        "training images not augmented",
        DETECTION,
        "src/data/datamodule.py",
        '["train"], train_transform(self.hparams["image_size"]))',
        '["train"], plain)',
    ),
    Mutant(
        "evaluation of augmented images",
        CLASSIFICATION,
        "src/data/datamodule.py",
        "self._dataset(self._readable(self._tested()), plain)",
        'self._dataset(self._readable(self._tested()), train_transform(self.hparams["image_size"]))',
    ),
    # What the model sees
    Mutant(
        "blue taken for red",
        CLASSIFICATION,
        "src/data/images.py",
        "image = decode_image(str(path), mode=ImageReadMode.RGB, apply_exif_orientation=True)",
        "image = decode_image(str(path), mode=ImageReadMode.RGB, apply_exif_orientation=True).flip(0)",
    ),
    Mutant(
        "orientation of photos ignored",
        DETECTION,
        "src/data/images.py",
        "apply_exif_orientation=True",
        "apply_exif_orientation=False",
    ),
    Mutant(
        "proportions lost",
        SEGMENTATION,
        "src/data/letterbox.py",
        "scale = size / max(height, width)\n    return max(1, round(height * scale)), max(1, round(width * scale))",
        "return size, size",
    ),
    Mutant(
        "mean and deviation swapped",
        CLASSIFICATION,
        "src/model/backbones.py",
        "(config.mean, config.std) if config",
        "(config.std, config.mean) if config",
    ),
    Mutant(
        "normalization left out of the network",
        CLASSIFICATION,
        "src/model/network.py",
        "return self.net(self.normalize(images))",
        "return self.net(images)",
    ),
    Mutant(
        "normalization left out of the network", DETECTION, "src/model/network.py", "F.pad(self.normalize(images),", "F.pad(images,"
    ),
    Mutant(
        "normalization left out of the network",
        SEGMENTATION,
        "src/model/network.py",
        "return self.net(self.normalize(images))",
        "return self.net(images)",
    ),
    Mutant(
        "images to predict on from 0 to 255",
        DETECTION,
        "src/data/letterbox.py",
        "v2.ToDtype(torch.float32, scale=True)",
        "v2.ToDtype(torch.float32)",
    ),
    # Labels, boxes and masks
    Mutant(
        "labels shifted by one",
        CLASSIFICATION,
        "src/data/targets.py",
        'return {"label": example.label}',
        'return {"label": (example.label + 1) % len(classes)}',
    ),
    Mutant(
        "indices in another order than the names",
        CLASSIFICATION,
        "src/data/labels.py",
        "enumerate(names)}",
        "enumerate(reversed(names))}",
    ),
    Mutant(
        "labels counted from one, after a background", DETECTION, "src/data/labels.py", "enumerate(names)}", "enumerate(names, 1)}"
    ),
    Mutant(
        "categories in the order of the file",
        DETECTION,
        "src/data/coco_file.py",
        "return dict(sorted(found.items(), key=lambda item: (not item[0].isdecimal(), item[0].zfill(20))))",
        "return found",
    ),
    Mutant(
        "width and height of COCO taken for a corner",
        DETECTION,
        "src/data/coco_file.py",
        "(x, y, x + width, y + height)",
        "(x, y, width, height)",
    ),
    Mutant(
        "area of the box in place of the object's",
        DETECTION,
        "src/data/coco_file.py",
        'width * height if annotation.get("area") is None else float(annotation["area"])',
        "width * height",
    ),
    Mutant(
        "center of a box taken for its corner",
        DETECTION,
        "src/data/formats/yolo.py",
        "(x - width / 2, y - height / 2, x + width / 2, y + height / 2)",
        "(x, y, x + width, y + height)",
    ),
    Mutant(
        "boxes of a larger copy not scaled",
        DETECTION,
        "src/data/sizes.py",
        "    across, down = (there / here for there, here in zip(size, made_for, strict=True))\n",
        "    across = down = 1.0\n",
    ),
    Mutant(
        "images found by their name alone",
        DETECTION,
        "src/data/lookup.py",
        "if elsewhere or same == min(len(where), len(wanted)):",
        "if same:",
    ),
    Mutant("corners taken for width and height", DETECTION, "src/data/targets.py", 'format="XYXY"', 'format="XYWH"'),
    Mutant(
        "crowds learned",
        DETECTION,
        "src/data/targets.py",
        "[not crowd and has_area(box, width, height) for",
        "[has_area(box, width, height) for",
    ),
    Mutant(
        "crowds counted as misses",
        DETECTION,
        "src/data/targets.py",
        '"iscrowd": torch.tensor(example.crowds, dtype=torch.int64)',
        '"iscrowd": torch.zeros(len(example.crowds), dtype=torch.int64)',
    ),
    Mutant(
        "truth clipped to the image",
        DETECTION,
        "src/data/targets.py",
        '"boxes": boxes,',
        '"boxes": torch.minimum(boxes.clamp(min=0), torch.tensor([width, height, width, height])),',
    ),
    Mutant(
        "objects without area left out of the truth",
        DETECTION,
        "src/data/labels.py",
        "        objects = annotation.objects\n",
        "        objects = [thing for thing in annotation.objects if thing.crowd or has_area(thing.box)]\n",
    ),
    Mutant(
        "image flipped without its boxes",
        DETECTION,
        "src/data/transforms.py",
        "v2.RandomHorizontalFlip()",
        "v2.RandomApply([v2.Lambda(lambda part: part.flip(-1) if part.ndim == 3 else part)])",
    ),
    Mutant(
        "image flipped without its mask",
        SEGMENTATION,
        "src/data/transforms.py",
        "v2.RandomHorizontalFlip()",
        "v2.RandomApply([v2.Lambda(lambda part: part.flip(-1) if part.ndim == 3 else part)])",
    ),
    Mutant(
        "masks resized bilinearly",
        SEGMENTATION,
        "src/data/letterbox.py",
        "resized = F.resize(inpt, [height, width], antialias=True)",
        "resized = type(inpt)(F.resize_image(inpt.as_subclass(torch.Tensor)[None], [height, width], antialias=True)[0])",
    ),
    Mutant(
        "borders of the square are background",
        SEGMENTATION,
        "src/data/transforms.py",
        "MASK_FILL = {tv_tensors.Mask: IGNORED}",
        "MASK_FILL = {tv_tensors.Mask: 0}",
    ),
    Mutant(
        "masks of 0 and 1 mixed with those of 0 and 255",
        SEGMENTATION,
        "src/data/codes.py",
        "        _refuse_mixture(contents, root)\n",
        "        pass\n",
    ),
    Mutant(
        "colors that are no class ignored however many",
        SEGMENTATION,
        "src/data/codes.py",
        "if unknown.total() > STRAY * total or most > STRAY_COLOR:",
        "if False:",
    ),
    Mutant(
        "large annotations over small ones",
        SEGMENTATION,
        "src/data/coco_shapes.py",
        "key=lambda each: -each[0]",
        "key=lambda each: each[0]",
    ),
    Mutant(
        "images and masks paired by position",
        SEGMENTATION,
        "src/data/pairs.py",
        "    return pairs\n",
        "    return list(zip(images.values(), masks.values(), strict=False))\n",
    ),
    # Loss and optimization
    Mutant("loss of the wrong sign", CLASSIFICATION, "src/model/module.py", "loss = F.cross_entropy(", "loss = -F.cross_entropy("),
    Mutant(
        "softmax before the cross-entropy",
        CLASSIFICATION,
        "src/model/module.py",
        "F.cross_entropy(logits,",
        "F.cross_entropy(logits.softmax(dim=1),",
    ),
    Mutant(
        "loss summed over the batch",
        CLASSIFICATION,
        "src/model/module.py",
        "label_smoothing=smoothing)",
        'label_smoothing=smoothing, reduction="sum")',
    ),
    Mutant(
        "labels smoothed in validation",
        CLASSIFICATION,
        "src/model/module.py",
        'self.hparams["label_smoothing"] if stage == "train" else 0.0',
        'self.hparams["label_smoothing"]',
    ),
    Mutant(
        "one of two losses lost",
        SEGMENTATION,
        "src/model/module.py",
        'loss = cross_entropy + self.dice_loss(logits, batch["mask"])',
        "loss = cross_entropy",
    ),
    Mutant("loss of the boxes lost", DETECTION, "src/model/loss.py", "(of_classes + of_boxes + of_centers) /", "of_classes /"),
    Mutant(
        "largest object learned where several are",
        DETECTION,
        "src/model/loss.py",
        "torch.where(suits, areas, torch.inf).min(dim=1)",
        "torch.where(suits, areas, -torch.inf).max(dim=1)",
    ),
    Mutant(
        "ignored pixels counted in the loss",
        SEGMENTATION,
        "src/model/module.py",
        'F.cross_entropy(logits, batch["mask"], ignore_index=IGNORED, reduction="sum")',
        'F.cross_entropy(logits, batch["mask"] % IGNORED, reduction="sum")',
    ),
    Mutant(
        "frozen backbone",
        CLASSIFICATION,
        "src/model/network.py",
        "        try:\n            run_on_shapes(",
        "        self.net.requires_grad_(False).get_classifier().requires_grad_(True)\n        try:\n            run_on_shapes(",
    ),
    Mutant(
        "gradients stopped before the head",
        DETECTION,
        "src/model/network.py",
        "self.head(list(features.values()))",
        "self.head([level.detach() for level in features.values()])",
    ),
    Mutant(
        "optimizer gets the decoder alone",
        SEGMENTATION,
        "src/model/module.py",
        "        return adamw_with_cosine(self,",
        "        self.network.net.encoder.requires_grad_(False)\n        return adamw_with_cosine(self,",
    ),
    Mutant(
        "no step of the optimizer",
        DETECTION,
        "src/model/module.py",
        "        super().__init__()\n",
        "        super().__init__()\n        self.automatic_optimization = False\n",
    ),
    Mutant("learning rate fixed in the code", SEGMENTATION, "src/model/recipe.py", "lr=learning_rate", "lr=1e-5"),
    Mutant("schedule moves once an epoch", CLASSIFICATION, "src/model/recipe.py", '"interval": "step"', '"interval": "epoch"'),
    Mutant("number of classes fixed in the code", DETECTION, "src/model/network.py", "num_classes=num_classes", "num_classes=3"),
    # Metrics
    Mutant(
        "metric over the last batch only",
        CLASSIFICATION,
        "src/model/module.py",
        "            metrics.update(",
        "            metrics.reset()\n            metrics.update(",
    ),
    Mutant(
        "metric averaged over batches",
        SEGMENTATION,
        "src/model/module.py",
        "self.log_dict(metrics,",
        "self.log_dict(metrics.compute(),",
    ),
    Mutant("metric goes on over epochs", DETECTION, "src/model/module.py", "        metric.reset()\n", ""),
    Mutant(
        "metric of shown boxes only",
        DETECTION,
        "src/model/module.py",
        'decode(outputs, batch["size"], self.image_size), truth)',
        'decode(outputs, batch["size"], self.image_size, **self.decode_options), truth)',
    ),
    Mutant(
        "boxes counted in pixels of the square",
        DETECTION,
        "src/model/module.py",
        'decode(outputs, batch["size"], self.image_size), truth)',
        "decode(outputs, [(self.image_size, self.image_size)] * len(truth), self.image_size), truth)",
    ),
    Mutant(
        "test counts pixels of the square",
        SEGMENTATION,
        "src/model/module.py",
        'decode(logits, batch["size"], self.image_size), batch["truth"])',
        'decode(logits, [(self.image_size, self.image_size)] * len(logits), self.image_size), batch["mask"])',
    ),
    Mutant(
        "F1 of frequent classes",
        CLASSIFICATION,
        "src/model/module.py",
        'MulticlassF1Score(len(classes), average="macro")',
        'MulticlassF1Score(len(classes), average="micro")',
    ),
    Mutant(
        "validation metric under the name of the test",
        SEGMENTATION,
        "src/model/module.py",
        "self._count(self.val_metrics,",
        "self._count(self.test_metrics,",
    ),
    # Checkpoints and commands
    Mutant(
        "checkpoints may run code",
        CLASSIFICATION,
        "src/model/checkpoints.py",
        'torch.load(file, map_location="cpu", weights_only=True)',
        'torch.load(file, map_location="cpu", weights_only=False)',
    ),
    Mutant("best checkpoint is the worst", DETECTION, "configs/callbacks/best_checkpoint.yaml", "mode: max", "mode: min"),
    Mutant("stops when it gets better", SEGMENTATION, "configs/callbacks/early_stopping.yaml", "mode: max", "mode: min"),
    Mutant(
        "last weights tested instead of the best",
        CLASSIFICATION,
        "src/commands/train.py",
        "ckpt_path=best if Path(best).is_file() else None",
        "ckpt_path=None",
    ),
    Mutant(
        "resuming ignores the checkpoint",
        SEGMENTATION,
        "src/commands/train.py",
        "trainer.fit(module, datamodule=data, ckpt_path=settings.ckpt_path)",
        "trainer.fit(module, datamodule=data)",
    ),
    Mutant("resuming ignores the command line", DETECTION, "src/config/schema.py", "mine | kept | given", "mine | kept"),
    Mutant(
        "resuming ignores the settings in the checkpoint",
        SEGMENTATION,
        "src/config/schema.py",
        "mine | kept | given",
        "mine | given",
    ),
    Mutant(
        "seed ignored",
        CLASSIFICATION,
        "src/commands/train.py",
        "    L.seed_everything(settings.seed, workers=True, verbose=False)\n",
        "",
    ),
    Mutant(
        "weights of the checkpoint not loaded", DETECTION, "src/model/predictor.py", "    load_weights(module, checkpoint)\n", ""
    ),
    Mutant(
        "pretrained weights fetched for a checkpoint",
        CLASSIFICATION,
        "src/model/predictor.py",
        "VisionModule(**settings, fetch_weights=False)",
        "VisionModule(**settings)",
    ),
    Mutant(
        "classes taken from the data, not the checkpoint",
        DETECTION,
        "src/commands/evaluate.py",
        "classes=module.classes, test_split",
        "test_split",
    ),
    Mutant(
        "an exported file for batches of one size only",
        CLASSIFICATION,
        "src/model/exporting.py",
        'dynamic_shapes=({0: Dim("batch")},)',
        "dynamic_shapes=None",
    ),
    Mutant(
        "an exported network that gives no numbers passes",
        SEGMENTATION,
        "src/commands/export.py",
        "if not difference <= settings.tolerance]",
        "if difference > settings.tolerance]",
    ),
    Mutant(
        "an exported file has boxes that are not decoded",
        DETECTION,
        "src/model/decode.py",
        'return {"boxes": boxes_at(outputs["bbox_regression"].float(), at), "scores": scores}',
        'return {"boxes": outputs["bbox_regression"].float(), "scores": scores}',
    ),
    Mutant(
        "a report whose interval knows no images",
        CLASSIFICATION,
        "src/results/analysis.py",
        "return float(weights @ self.right / weights.sum())",
        "return float(self.right.mean())",
    ),
    Mutant(
        "a crowd holds one found object only",
        DETECTION,
        "src/results/matching.py",
        "taken = is_match & ~record.crowds[best]",
        "taken = is_match",
    ),
    Mutant(
        "names of data become code of the report",
        SEGMENTATION,
        "src/results/report.py",
        "autoescape=True",
        "autoescape=False",
    ),
    Mutant(
        "class names sorted in prediction",
        CLASSIFICATION,
        "src/commands/predict.py",
        "PredictionWriter(settings.run_dir, predictor.classes,",
        "PredictionWriter(settings.run_dir, sorted(predictor.classes),",
    ),
    Mutant(
        "predictions written in the wrong order",
        SEGMENTATION,
        "src/training/callbacks.py",
        'zip(batch["path"], batch["size"],',
        'zip(sorted(batch["path"], reverse=True), batch["size"],',
    ),
    Mutant(
        "last incomplete batch not predicted",
        CLASSIFICATION,
        "src/commands/predict.py",
        "collate_fn=collate_unlabeled)",
        "collate_fn=collate_unlabeled, drop_last=True)",
        survives="Lightning takes the last batch of a prediction in any case, so nothing is lost",
    ),
    Mutant(
        "files that cannot be read are not named",
        DETECTION,
        "src/training/callbacks.py",
        "            self.writer.skip(path, reason)",
        "            pass",
    ),
    Mutant(
        "results of a run that failed look whole",
        CLASSIFICATION,
        "src/results/writer.py",
        "        if kind is not None:\n            return\n",
        "",
    ),
    Mutant(
        "boxes in pixels of the square",
        DETECTION,
        "src/model/decode.py",
        'found.append(best | {"boxes": boxes_on_image(best["boxes"], size, image_size)})',
        "found.append(best)",
    ),
    Mutant(
        "overlapping boxes of two classes removed",
        DETECTION,
        "src/model/decode.py",
        "batched_nms(boxes, scores, labels, OVERLAP)",
        "batched_nms(boxes, scores, labels * 0, OVERLAP)",
    ),
    Mutant(
        "corners written where COCO has width and height",
        DETECTION,
        "src/results/output.py",
        'box_convert(prediction["boxes"].float(), "xyxy", "xywh")',
        'prediction["boxes"].float()',
    ),
    Mutant(
        "scores rounded in the file",
        DETECTION,
        "src/results/output.py",
        'prediction["scores"].float().tolist()',
        'prediction["scores"].float().round(decimals=1).tolist()',
    ),
    Mutant(
        "masks of the square stretched over the image",
        SEGMENTATION,
        "src/model/decode.py",
        "content = logits[:, :height, :width]",
        "content = logits",
    ),
    Mutant(
        "validation that never fails", CLASSIFICATION, "src/commands/validate.py", "return outcomes[-1].status == 0", "return True"
    ),
    Mutant(
        "backbone misspelt in the main recipe",
        SEGMENTATION,
        "configs/model/default.yaml",
        "backbone: resnet18",
        "backbone: resnet-18",
    ),
]
